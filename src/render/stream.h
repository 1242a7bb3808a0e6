/* stream.h - a ready CSV stream as JSON: {"columns": [...], "rows": [[...], ...]}. */
#ifndef MK_RENDER_STREAM_H
#define MK_RENDER_STREAM_H

#include "src/base/json.h"
#include "src/base/status.h"
#include "src/result/result.h"

/* Writes the value of result->stream; empty cells are null. Fails when out of memory. */
MK_NODISCARD MkStatus mk_stream_json(const MkResult *result, MkJson *json, MkError *err);

#endif
