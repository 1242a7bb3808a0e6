#!/bin/sh
# make.sh - the pictures of doc/gallery anew: make gallery
#
# Screens of the workbench are captured through tmux, as text and, where rsvg-convert is, as PNG;
# plots are drawn by gnuplot; the report is photographed where chromium is. What is missing on this
# machine is left as it was. MK_BUILDDIR has the program, MK_SRCDIR the tree.
set -eu
: "${MK_SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${MK_BUILDDIR:=$MK_SRCDIR/build}"
gallery=$MK_SRCDIR/doc/gallery
manikin=$MK_BUILDDIR/manikin
[ -x "$manikin" ] || { echo "make.sh: $manikin: not built (make gallery)" >&2; exit 1; }
work=$(mktemp -d)
socket=manikin-gallery-$$
trap 'tmux -L "$socket" kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
HOME=$work
XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_STATE_HOME=$work/state
LC_ALL=C.UTF-8 TERM=xterm-256color COLORTERM=
export HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME LC_ALL TERM COLORTERM
cd "$work"

# --- screens -----------------------------------------------------------------------------------
screen() { tmux -L "$socket" capture-pane -p -t gallery; }

# Waits until the screen shows a pattern and has come to rest.
wait_for() { # PATTERN
    tries=0
    before=
    while [ "$tries" -lt 150 ]; do
        now=$(screen)
        if [ "$now" = "$before" ] && printf '%s\n' "$now" | grep -Eq -- "$1"; then return; fi
        before=$now
        tries=$((tries + 1))
        sleep 0.2
    done
    echo "make.sh: the screen never showed: $1" >&2
    screen >&2
    exit 1
}

open_workbench() { # COLUMNS ROWS
    tmux -L "$socket" -f /dev/null new-session -d -s gallery -x "$1" -y "$2" \
        "exec env TERM=screen-256color '$manikin' --no-config"
    tmux -L "$socket" set-option -g status off >/dev/null
    wait_for 'Attributes'
}
close_workbench() { tmux -L "$socket" kill-server; }
keys() { tmux -L "$socket" send-keys -t gallery "$@"; }
type_line() { # LINE
    keys :
    wait_for '^ ?:'
    keys -l "$1"
    keys Enter
}

shoot() { # NAME
    screen | sed 's/[ \t]*$//' >"$gallery/$1.txt"
    if command -v rsvg-convert >/dev/null 2>&1; then
        tmux -L "$socket" capture-pane -e -p -t gallery >"$1.ansi"
        LC_ALL=C awk -f "$gallery/screen.awk" "$1.ansi" >"$1.svg"
        rsvg-convert -o "$gallery/$1.png" "$1.svg"
    fi
    echo "$1"
}

if command -v tmux >/dev/null 2>&1; then
    open_workbench 120 36
    type_line 'given age=45 sex=male waist=112 smoking=current sleep_hours=5'
    wait_for 'Known +5'
    type_line 'target hba1c hdl_cholesterol'
    wait_for 'Targets +2'
    keys /
    keys -l hba1c
    keys Enter
    wait_for 'median 5'
    keys Escape
    wait_for 'population'
    shoot workbench
    . "$gallery/screens.sh"
    close_workbench
fi

# --- plots -------------------------------------------------------------------------------------
if command -v gnuplot >/dev/null 2>&1 && command -v rsvg-convert >/dev/null 2>&1; then
    sed -n '/^given/p;/^scenario/p' "$MK_SRCDIR/scenarios/lifestyle-nutrition.scenario" >habits.scenario
    "$manikin" --no-config plot hba1c given age=52 sex=male waist=118 bmi=36 -o hba1c.svg
    "$manikin" --no-config plot hba1c vs waist given age=52 sex=male -o hba1c-waist.svg
    "$manikin" --no-config -e 'run habits.scenario' compare fibre across normal healthy unhealthy -o fibre.svg
    for plot in hba1c hba1c-waist fibre; do
        rsvg-convert -w 1000 -o "$gallery/$plot.png" "$plot.svg"
    done
    echo plots
fi

# --- the report ----------------------------------------------------------------------------------
"$manikin" --no-config run blood-sugar -o "$work/report.html"
for browser in chromium chromium-browser google-chrome; do
    if command -v "$browser" >/dev/null 2>&1; then
        "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,1500 \
            --screenshot="$gallery/report.png" "file://$work/report.html" >/dev/null 2>&1
        echo report
        break
    fi
done
du -sk "$gallery" | awk '{ print $1 " KiB"; exit $1 > 2048 }'
