# screen.awk - a captured screen (tmux capture-pane -e) as SVG: awk -f screen.awk capture >screen.svg
#
# Bytes in, bytes out: run it with LC_ALL=C. Every stretch of one colour is a text of its own that
# is as long as its cells, so that columns stay columns whatever the font.

function hex(n) { return sprintf("%02x", n) }

function cube(n) { return n == 0 ? 0 : 55 + 40 * n }

# Colour n of 256, as #rrggbb.
function colour(n,    v) {
    if (n < 16) return basic[n + 1]
    if (n >= 232) { v = hex(8 + 10 * (n - 232)); return "#" v v v }
    n -= 16
    return "#" hex(cube(int(n / 36))) hex(cube(int(n / 6) % 6)) hex(cube(n % 6))
}

function plain() { fg = ""; bg = ""; bold = 0; dim = 0; under = 0; turned = 0 }

function style(text,    n, i, part) {
    n = split(text, part, /[;:]/)
    if (text == "") { plain(); return }
    for (i = 1; i <= n; i++) {
        if (part[i] == 0) plain()
        else if (part[i] == 1) bold = 1
        else if (part[i] == 2) dim = 1
        else if (part[i] == 4) under = 1
        else if (part[i] == 7) turned = 1
        else if (part[i] == 22) { bold = 0; dim = 0 }
        else if (part[i] == 24) under = 0
        else if (part[i] == 27) turned = 0
        else if (part[i] == 39) fg = ""
        else if (part[i] == 49) bg = ""
        else if (part[i] == 38 && part[i + 1] == 5) { fg = colour(part[i + 2]); i += 2 }
        else if (part[i] == 48 && part[i + 1] == 5) { bg = colour(part[i + 2]); i += 2 }
        else if (part[i] >= 30 && part[i] <= 37) fg = colour(part[i] - 30)
        else if (part[i] >= 40 && part[i] <= 47) bg = colour(part[i] - 40)
        else if (part[i] >= 90 && part[i] <= 97) fg = colour(part[i] - 82)
        else if (part[i] >= 100 && part[i] <= 107) bg = colour(part[i] - 92)
    }
}

function flush_run(    x, y, ink, paper) {
    if (cells == 0) return
    x = 10 + start * W
    y = 10 + row * H
    ink = fg == "" ? "#d4d9de" : fg
    paper = bg
    if (turned) { paper = ink; ink = bg == "" ? "#15191d" : bg }
    if (paper != "")
        body = body sprintf("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", x, y, cells * W + 0.2, H, paper)
    if (run ~ /[^ ]/)
        body = body sprintf("<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\" fill=\"%s\"%s%s%s xml:space=\"preserve\">%s</text>\n", \
            x, y + 13.2, cells * W, ink, bold ? " font-weight=\"bold\"" : "", dim ? " opacity=\"0.65\"" : "", \
            under ? " text-decoration=\"underline\"" : "", run)
    start += cells
    cells = 0
    run = ""
}

function put(c) {
    if (c == "&") c = "&amp;"
    else if (c == "<") c = "&lt;"
    else if (c == ">") c = "&gt;"
    run = run c
    cells++
}

BEGIN {
    W = 8.4; H = 17
    split("#1c2126 #e06c75 #8fbf6b #e5a550 #5fa8e6 #c586c0 #4fb8b0 #c8cdd2 #6b7680 #ff8f8f #b5dd90 #ffc777 #8cc6ff #dda8d8 #7fd8d0 #ffffff", basic, " ")
    plain()
}

{
    row = NR - 1; start = 0; cells = 0; run = ""
    line = $0
    while (line != "") {
        if (substr(line, 1, 2) == "\033[" && match(line, /^\033\[[0-9;:]*m/)) {
            flush_run()
            style(substr(line, 3, RLENGTH - 3))
            line = substr(line, RLENGTH + 1)
        } else if (substr(line, 1, 1) == "\033" || substr(line, 1, 1) == "\017") {
            match(line, /^(\033[()].|.)/)
            line = substr(line, RLENGTH + 1)
        } else {
            match(line, /^[^\200-\277][\200-\277]*/)
            if (RLENGTH < 1) RLENGTH = 1
            put(substr(line, 1, RLENGTH))
            line = substr(line, RLENGTH + 1)
        }
    }
    flush_run()
    wide = start > wide ? start : wide
}

END {
    width = 20 + wide * W; height = 20 + NR * H
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" font-family=\"DejaVu Sans Mono, monospace\" font-size=\"14\">\n", width, height, width, height
    printf "<rect width=\"100%%\" height=\"100%%\" rx=\"6\" fill=\"#15191d\"/>\n%s</svg>\n", body
}
