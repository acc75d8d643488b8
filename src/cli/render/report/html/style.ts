/** The look of the page, in light, dark and print. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--raised:#f6f8fa;--text:#1b2128;--muted:#535c66;--line:#d3d9e0;--accent:#0b57a4;--bad:#a8201a;--warn:#7d4e00;--good:#11602b;--band:#e7edf4;--hold:#f4ead6}
@media(prefers-color-scheme:dark){:root{--bg:#11151a;--raised:#191f26;--text:#e4e8ed;--muted:#a7b1bc;--line:#343d47;--accent:#7db7fb;--bad:#ff938a;--warn:#f2bb68;--good:#74d493;--band:#24303d;--hold:#3a3120}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:96rem;margin:0 auto;padding:0 clamp(1rem,3vw,2.5rem)}
header{padding-top:2rem}
h1{font-size:clamp(1.4rem,2.6vw,2rem);line-height:1.25;margin:.2rem 0 .5rem;font-weight:650;text-wrap:balance}
h2{font-size:1.1rem;margin:2.5rem 0 .75rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
p{margin:.4rem 0;max-width:75ch}
a{color:var(--accent)}
.kicker,.muted,small,caption{color:var(--muted)}
.kicker{font-size:.9rem;margin:0}
small{font-size:.82em}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.5rem;background:var(--bg);padding:.4rem .8rem;z-index:2}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
code,.mono,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.86em}
pre{background:var(--raised);border:1px solid var(--line);border-radius:6px;padding:.9rem 1rem;white-space:pre-wrap;margin:0}
.notes{border-left:3px solid var(--warn);padding:.1rem 0 .1rem 1rem;margin:1rem 0;list-style:none}
.notes li{margin:.3rem 0;max-width:90ch}
.tiles{display:flex;flex-wrap:wrap;gap:.6rem;margin:1.2rem 0 0;padding:0}
.tiles div{border:1px solid var(--line);border-radius:6px;padding:.45rem .9rem .5rem;min-width:6.5rem;background:var(--raised)}
.tiles dt{font-size:.85rem;color:var(--muted)}
.tiles dd{margin:0;font-size:1.45rem;line-height:1.2;font-weight:600;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}
table{border-collapse:collapse;min-width:min(100%,40rem);font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:0 0 .5rem;font-size:.875rem}
th,td{text-align:left;vertical-align:top;overflow-wrap:break-word;padding:.4rem 1.6rem .4rem 0;border-bottom:1px solid var(--line)}
thead th{font-weight:600;white-space:nowrap;border-bottom-width:2px;color:var(--muted)}
tbody th{font-weight:600}
.wide{min-width:78rem;width:100%}
.wide th,.wide td{padding-right:1rem}
.wide small{display:block;font-weight:400}
.wide small.mono{overflow-wrap:anywhere}
.wide .id{min-width:20rem}
.wide .why{min-width:13rem;max-width:22rem}
.wide .sent{min-width:17.5rem}
.when{white-space:nowrap}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem;margin:0;font-size:.9rem}
.facts dt{color:var(--muted)}
.facts dd{margin:0}
.controls{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:end;margin:0 0 .8rem}
.controls label{display:grid;gap:.15rem;font-size:.85rem;color:var(--muted)}
.controls output{padding-bottom:.4rem;font-size:.9rem}
input,select{font:inherit;color:var(--text);background:var(--bg);border:1px solid var(--muted);border-radius:5px;padding:.3rem .55rem;min-height:2.2rem}
input[type=search]{min-width:min(22rem,80vw)}
th button{font:inherit;color:inherit;background:none;border:0;padding:.15rem .2rem;margin:-.15rem -.2rem;cursor:pointer;border-radius:3px;white-space:nowrap}
th button:hover{color:var(--text);text-decoration:underline}
th button::after{content:" ↕";opacity:.6}
th[aria-sort=ascending] button::after{content:" ↑";opacity:1}
th[aria-sort=descending] button::after{content:" ↓";opacity:1}
[hidden]{display:none!important}
figure{margin:0}
figure svg{display:block;width:100%;min-width:42rem;height:auto}
figcaption{font-size:.875rem;color:var(--muted);margin-top:.4rem}
svg text{fill:var(--text);font:12px system-ui,sans-serif}
svg .axis{fill:var(--muted)}
svg .rule{stroke:var(--line)}
svg .band{fill:var(--band)}
svg .hold{fill:var(--hold);stroke:var(--warn);stroke-width:.75;stroke-dasharray:3 2}
svg .line{fill:none;stroke-width:2;stroke-linejoin:round}
svg .changed{stroke:var(--accent)}svg .failed{stroke:var(--bad);stroke-dasharray:6 3}svg .back{stroke:var(--warn);stroke-dasharray:2 3}
svg text.changed{fill:var(--accent);stroke:none}svg text.failed{fill:var(--bad);stroke:none}svg text.back{fill:var(--warn);stroke:none}
svg .mark{fill:var(--text)}
details{margin:.8rem 0}
summary{cursor:pointer}
footer{padding-top:2rem;padding-bottom:3rem;font-size:.85rem;color:var(--muted)}
footer p{max-width:none}
@media(max-width:40rem){.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.5rem}.tiles div{min-width:calc(50% - .3rem)}}
@media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{
:root{color-scheme:light;--bg:#fff;--raised:#fff;--text:#000;--muted:#444;--line:#bbb;--accent:#0b57a4;--bad:#a8201a;--warn:#7d4e00;--good:#11602b;--band:#e7edf4;--hold:#f4ead6}
@page{size:A4 landscape;margin:12mm}
body{font-size:9pt}
header,main,footer{max-width:none;padding-left:0;padding-right:0}
.controls,.skip{display:none}
.scroll{overflow:visible}
.wide,figure svg{min-width:0}
table,.facts,caption,figcaption,.kicker{font-size:7.5pt}
p,.notes li{max-width:none}
th,td,.wide th,.wide td{padding-right:.5rem}
.wide .id,.wide .why,.wide .sent{min-width:0}
table{min-width:0}
small.mono{font-size:.75em}
thead th{white-space:normal}
th button::after{content:""!important}
.when{white-space:normal}
tr,figure,.tiles div{break-inside:avoid}
thead{display:table-header-group}
h2{break-after:avoid}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
`;
