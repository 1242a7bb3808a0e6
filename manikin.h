/* manikin.h - the library's front: one include for everything a program needs.
 *
 *   MkModel *model = NULL;
 *   MkError err;
 *   if (mk_model_open(path, &model, &err) != MK_OK) { ... err.text says why ... }
 *
 * The headers below are the manual of their parts. Link with `pkg-config --libs manikin`. */
#ifndef MANIKIN_H
#define MANIKIN_H

#include "model/distribution.h"
#include "model/model.h"
#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/map.h"
#include "src/base/pool.h"
#include "src/base/rng.h"
#include "src/base/status.h"
#include "src/base/text.h"
#include "src/data/schema.h"
#include "src/data/source.h"
#include "src/data/split.h"
#include "src/data/table.h"
#include "src/data/value.h"
#include "src/plot/plot.h"
#include "src/query/query.h"
#include "src/render/render.h"
#include "src/result/result.h"
#include "src/script/session.h"

#endif
