# Kernels (nn/, copula/, mae/, likelihood/), built with -O3 and reassociation, one a line:
#   libmknum_a_SOURCES += model/nn/foo.c
# The rest (weights.c, train.c, calibrate.c, ...):
#   libmanikin_a_SOURCES += model/foo.c
libmknum_a_SOURCES += model/nn/blas.c
libmknum_a_SOURCES += model/nn/kernels.c
libmknum_a_SOURCES += model/copula/copula.c
libmknum_a_SOURCES += model/copula/copula_fit.c
libmknum_a_SOURCES += model/likelihood/gaussian.c
libmknum_a_SOURCES += model/likelihood/poisson.c
libmknum_a_SOURCES += model/likelihood/categorical.c
libmknum_a_SOURCES += model/likelihood/ordinal.c
libmknum_a_SOURCES += model/likelihood/likelihood.c
libmknum_a_SOURCES += model/mae/mask.c
libmknum_a_SOURCES += model/mae/net.c
libmknum_a_SOURCES += model/mae/net_pass.c
libmknum_a_SOURCES += model/mae/rows.c
libmknum_a_SOURCES += model/mae/trainer.c
libmknum_a_SOURCES += model/mae/mae.c
libmknum_a_SOURCES += model/half.c
libmanikin_a_SOURCES += model/normal.c
libmanikin_a_SOURCES += model/marginal.c
libmanikin_a_SOURCES += model/marginal_fit.c
libmanikin_a_SOURCES += model/distribution.c
libmanikin_a_SOURCES += model/dataset.c
libmanikin_a_SOURCES += model/weights.c
libmanikin_a_SOURCES += model/model.c
libmanikin_a_SOURCES += model/write.c
