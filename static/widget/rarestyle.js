/** The looks of what is fetched when the panel opens, and all that moves or waits for a pointer. */
export const RARE_STYLE = `
.root{--warn:light-dark(#895709,#e6b55d);--bad:light-dark(#b51e26,#f47b74)}
.launcher .tag{position:absolute;top:-7px;inset-inline-end:-5px;min-width:24px;padding:1px 7px;border-radius:999px;border:2px solid var(--paper);background:var(--ink);color:var(--paper);
font:650 12px/18px var(--display);font-variant-numeric:tabular-nums;text-align:center;white-space:nowrap}
.launcher .tag.time{background:var(--safe);color:var(--raised)}
.who .soon{color:var(--safe);font-weight:650}
.offline a{color:var(--ink);font-weight:600}
.say{outline-offset:3px}
[dir=rtl] :is(p,h3,dt,.option b,.option small){unicode-bidi:plaintext;text-align:right}
.bubble p+p{margin-top:6px}
.shopper .bubble{align-self:flex-end;background:var(--wash);border-color:transparent;border-radius:14px;border-end-end-radius:4px}
.offline{padding:8px 16px;font-size:13px;background:var(--sunk);color:var(--ink-2);border-bottom:1px solid var(--line)}
.ask::placeholder{color:var(--ink-3);opacity:1}
.log:focus-visible{outline-offset:-3px}
[dir=rtl] .bar i{transform-origin:100%}
.rest::before,.rest::after{content:"";position:absolute;top:-9px;inset-inline-start:-8px;width:16px;height:16px;border-radius:999px;background:var(--paper);border:1px solid var(--safeline)}
.rest::after{inset-inline:auto -8px}
.log{scrollbar-width:thin;scrollbar-color:var(--line) transparent}
.chips{--to:90deg;mask-image:linear-gradient(var(--to),transparent,#000 14px,#000 calc(100% - 32px),transparent)}
[dir=rtl] .chips{--to:-90deg}
.say>.choices .chips{mask-image:none}
.photo img{color:var(--ink-3);font-size:13px}
.say>.actions{padding:0}
.human>:last-child{border-color:var(--action)}
.shop .info{background:none}
.by{font-size:12px;color:var(--ink-3);margin-bottom:3px;margin-inline-start:2px}
.frame{position:absolute;bottom:10px;inset-inline-start:10px;padding:2px 7px;border-radius:2px;background:var(--raised);color:var(--ink);font:650 12px/18px var(--display);letter-spacing:.06em;font-variant-numeric:tabular-nums}
.option .icon{width:18px;height:18px;color:var(--ink-3)}
.chips::-webkit-scrollbar{display:none}
.chip[aria-disabled] .swatch{opacity:.4}
[aria-busy=true]{cursor:progress}
[aria-busy=true].slow{opacity:.6}
.shopper.pending .bubble{opacity:.65}

.tap:hover{background:var(--sunk)}
.launcher:hover,.primary:hover{background:color-mix(in srgb,var(--action) 90%,var(--ink))}
.quiet:hover{border-color:var(--ink-2);background:var(--paper)}
.ticket .quiet:hover{background:#0000000a}
:is(.chip,.slot,.option):not([aria-disabled]):hover{border-color:var(--ink-2)}
:is(.launcher,.chip,.button,.option,.slot,.send):not([aria-disabled]):active{transform:translateY(1px)}
.launcher,.button,.chip,.option,.slot{transition:transform .12s,background .12s}
.bar i{transition:transform .25s linear}
.photo img{opacity:0;transition:opacity .2s}
.photo img.developed{opacity:1}
dialog.panel,.sheet{animation:rise .24s cubic-bezier(.2,.8,.2,1)}
dialog::backdrop{background:#0006}
.live{animation:in .18s}
@keyframes rise{from{opacity:0;transform:translateY(14px)}}
@keyframes in{from{opacity:0;transform:translateY(6px)}}

.notice{display:flex;gap:10px;padding:11px 14px;background:var(--sunk);border-radius:14px}
.notice>.icon{color:var(--ink-2);margin-top:1px}
.notice.warn>.icon{color:var(--warn)}.notice.bad>.icon{color:var(--bad)}
.notice>div{flex:1}
.notice .actions{padding:10px 0 2px}

.carousel{position:relative;margin-inline:-16px}
.strip{display:flex;gap:10px;overflow-x:auto;scroll-snap-type:x mandatory;scroll-padding-inline:16px;padding-inline:16px;scrollbar-width:none}
.strip::-webkit-scrollbar{display:none}
.strip:focus-visible{outline-offset:-3px}
.strip .card{display:flex;flex-direction:column;flex:0 0 84%;scroll-snap-align:start}
.strip .card>:last-child{margin-top:auto}
.arrow{position:absolute;top:108px;display:none;align-items:center;justify-content:center;width:44px;height:44px;border-radius:999px;background:var(--raised);border:1px solid var(--line)}
.arrow.back{inset-inline-start:8px}.arrow.next{inset-inline-end:8px}
@media (hover:hover){.carousel:hover .arrow{display:flex}}
.arrow:focus-visible,.strip:focus-visible~.arrow{display:flex}

.pick .place{display:flex;gap:6px;align-items:center;font-size:13px;color:var(--ink-2);margin-top:2px}
.place .icon{width:16px;height:16px}
.only{padding:12px 15px 8px;font-weight:600}
.slots{display:grid;grid-template-columns:1fr 1fr;gap:8px;padding:0 15px 15px}
.slot{min-height:52px;padding:6px 10px;text-align:center;border:1.5px solid var(--edge);border-radius:10px;background:var(--raised);font-variant-numeric:tabular-nums}
.slot b{display:block;font-weight:600;line-height:1.3}
.slot small{font-size:12px;color:var(--ink-2)}
.form{padding:14px 15px 15px}
.form .prompt{font-weight:600}
.choices>.prompt{white-space:pre-line}
.bubble p,.card .body{unicode-bidi:plaintext}
.fields{display:grid;grid-template-columns:3fr 2fr;gap:10px;margin-block:10px 12px}
.fields label{font-size:13px;color:var(--ink-2);min-width:0}
.fields label:only-child{grid-column:1/-1}
.field{font-family:inherit;resize:vertical;display:block;width:100%;min-height:46px;margin-top:4px;padding:8px 12px;font-size:16px;background:var(--paper);color:var(--ink);border:1.5px solid var(--edge);border-radius:10px}
.field[aria-invalid=true]{border-color:var(--bad)}
.wrong{font-size:13px;color:var(--bad);margin-bottom:8px}
.wrong:empty{display:none}

.stamp{display:flex;align-items:center;gap:7px;color:var(--ok);font-weight:650;font-size:14px;margin-bottom:4px}
.stamp .icon{stroke-width:2.5;width:18px;height:18px}
.pass{display:flex;gap:15px;align-items:center;margin:13px 15px 0;padding:14px;background:var(--paper);border:1px solid var(--line);border-radius:10px}
.pass .note{display:block}
.qr{background:#fff;padding:6px;border-radius:6px;flex:none}
.pass>div{min-width:0}
.code{display:block;margin-block:1px 3px;font:700 27px/1.2 var(--display);letter-spacing:.05em;white-space:nowrap}
.code.long{font-size:19px;letter-spacing:.03em}
.proof{padding:13px 15px}
.proof ul{list-style:none;display:grid;gap:8px}
.proof li{display:flex;gap:8px}
.proof .note{margin-top:8px}
.proof li .icon{color:var(--ok)}
.proof small{display:block;font-size:12px;color:var(--ink-3)}
.options.buttons{flex-flow:row wrap}
.options.buttons .option{flex:1 1 44%}

.torn{background:var(--sunk);box-shadow:inset 0 0 0 1px var(--line);color:var(--ink-2);animation:tear .3s}
.torn .stub b{display:block;color:var(--ink);font-weight:600}
.torn .rest,.torn .rest::before,.torn .rest::after{border-color:var(--line)}
.torn .actions{padding:0}
.torn .rest{animation:part .3s}
@keyframes tear{from{background:var(--safewash);transform:translateY(-4px)}}
@keyframes part{from{margin-top:-6px}}
@media (forced-colors:active){.launcher,.button,.chip,.send,.tag{border:1px solid ButtonText}.bar i,.stock i{background:Highlight}.chip[aria-checked=true]{border:3px solid Highlight}.ticket,.bubble,.card{border:1px solid CanvasText}}
@media (prefers-reduced-motion:reduce){*,::before,::after{animation:none!important;transition:none!important}}
`;
