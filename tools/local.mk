EXTRA_DIST += tools/layers.txt tools/check-layers.sh tools/check-sources.sh tools/check-style.sh
