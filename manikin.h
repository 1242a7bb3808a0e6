/* manikin.h - the library's front: one include for everything a program needs. */
#ifndef MANIKIN_H
#define MANIKIN_H

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/map.h"
#include "src/base/pool.h"
#include "src/base/rng.h"
#include "src/base/status.h"
#include "src/base/text.h"

#endif
