/* html_style.c - how a report looks. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "src/render/html_priv.h"

/* Blue and orange as in the plots; a picture keeps its own white paper and is turned over as a
 * whole in the dark. */
const char *const mk_html_style[] = {
    ":root{color-scheme:light dark;--ink:#1b2530;--soft:#5a6876;--line:#d9dfe5;--paper:#fff;"
    "--tint:#f4f6f8;--accent:#1f5fa8;--warn:#9a4b00}\n",
    "@media (prefers-color-scheme:dark){:root{--ink:#dfe5ea;--soft:#98a5b1;--line:#333d47;"
    "--paper:#14191e;--tint:#1c232a;--accent:#7db4ee;--warn:#f0a860}"
    "figure svg{filter:invert(.925) hue-rotate(180deg)}}\n",
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;"
    "-webkit-text-size-adjust:100%}\n"
    "body>*{max-width:72rem;margin:0 auto;padding:0 1.5rem}\n",
    "header{padding-top:2.5rem}\n"
    "h1{font-size:1.9rem;line-height:1.2;margin:.2rem 0 .5rem;text-wrap:balance}\n"
    "h2{font-size:1.3rem;line-height:1.3;margin:0 0 .4rem}\n"
    "h3{font-size:1rem;margin:0 0 .3rem}\n"
    "p{margin:.5rem 0;max-width:46rem}\n"
    ".soft,figcaption{color:var(--soft);font-size:.875rem}\n"
    ".model{margin:0;color:var(--soft)}\n",
    "section{border-top:1px solid var(--line);margin-top:2.2rem;padding-top:1.4rem}\n"
    "code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875em}\n"
    "pre{background:var(--tint);padding:.8rem 1rem;overflow-x:auto;border-radius:4px;"
    "margin:.6rem 0;line-height:1.45}\n"
    ".asked{margin:.2rem 0 .8rem;color:var(--soft);overflow-wrap:anywhere;max-width:none}\n",
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem;margin:.6rem 0}\n"
    "dt{color:var(--soft)}dd{margin:0}\n"
    "dl.known{display:flex;flex-wrap:wrap;gap:.4rem}\n"
    "dl.known div{border:1px solid var(--line);border-radius:4px;padding:.1rem .6rem;"
    "font-size:.9rem}\n"
    "dl.known dt,dl.known dd{display:inline}dl.known dd{font-weight:600;margin-left:.4rem}\n",
    ".wide{overflow-x:auto;margin:.8rem 0 1.2rem;max-width:100%}\n"
    "table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}\n"
    "caption{text-align:left;font-weight:600;padding-bottom:.35rem}\n"
    "th,td{padding:.24rem .9rem .24rem 0;text-align:left;vertical-align:baseline;"
    "border-bottom:1px solid var(--line);white-space:nowrap}\n"
    "td.text{white-space:normal;min-width:10rem}\n"
    "thead th{color:var(--soft);font-weight:600;vertical-align:bottom}\n"
    "tbody th{font-weight:400}th.group{padding-top:.7rem;font-weight:600}\n"
    ".n{text-align:right}.bar{color:var(--accent);letter-spacing:0}\n",
    ".plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,31rem),1fr));"
    "gap:1rem 1.6rem;margin:.8rem 0}\n"
    "figure{margin:0;min-width:0}figure svg{display:block;width:100%;height:auto;max-width:38rem}"
    "figure:only-child{grid-column:1/-1}figure:only-child svg{max-width:46rem}\n"
    ".note{border-left:3px solid var(--line);padding-left:.8rem;color:var(--soft);"
    "font-size:.9rem}\n"
    ".check{margin:.15rem 0;max-width:none}.check code{margin-right:.8rem}\n"
    ".failed{border-left:3px solid var(--warn);padding-left:.8rem}"
    "th.fails{border-left:3px solid var(--warn);padding-left:.5rem;font-weight:700}\n",
    "nav ol{padding-left:1.4rem;margin:.6rem 0}a{color:var(--accent)}\n"
    "summary{cursor:pointer;font-weight:600;margin:.8rem 0}\n"
    "footer{padding-bottom:3rem}"
    "footer h2{border-top:1px solid var(--line);margin-top:2.2rem;padding-top:1.2rem}\n",
    "@media (max-width:40rem){body>*{padding:0 1rem}header{padding-top:1.4rem}"
    "h1{font-size:1.5rem}dl:not(.known){display:block}dl:not(.known) dd{margin:0 0 .5rem}\n"
    ".wide tbody th,.wide thead th:first-child{position:sticky;left:0;background:var(--paper);"
    "max-width:42vw;overflow:hidden;text-overflow:ellipsis}}\n",
    "@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--tint:#fff;"
    "--accent:#1f5fa8;--warn:#000}body{font-size:10pt}body>*{max-width:none;padding:0}"
    "figure svg{filter:none}nav{display:none}.wide{overflow:visible}th,td{white-space:normal}"
    "figure,tr,.note{break-inside:avoid}h2,caption,.asked{break-after:avoid}"
    "pre{white-space:pre-wrap;border:1px solid #bbb}.plots{grid-template-columns:1fr 1fr}"
    "details::details-content{content-visibility:visible}}\n",
    NULL};
