# Kernels (nn/, copula/, mae/, likelihood/), built with -O3 and reassociation, one a line:
#   libmknum_a_SOURCES += model/nn/foo.c
# The rest (weights.c, train.c, calibrate.c, ...):
#   libmanikin_a_SOURCES += model/foo.c
libmknum_a_SOURCES +=
libmanikin_a_SOURCES +=
