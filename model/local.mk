# Kernels (nn/, copula/, mae/, likelihood/), built with -O3 and reassociation, one a line:
#   libmknum_a_SOURCES += model/nn/foo.c
# The rest (weights.c, train.c, calibrate.c, ...):
#   libmanikin_a_SOURCES += model/foo.c
libmknum_a_SOURCES += model/nn/blas.c
libmanikin_a_SOURCES += model/normal.c
libmanikin_a_SOURCES += model/marginal.c
libmanikin_a_SOURCES += model/marginal_fit.c
libmanikin_a_SOURCES += model/distribution.c
