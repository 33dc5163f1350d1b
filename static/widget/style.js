/** "Contact sheet and ticket": warm paper, one action colour, and safelight vermilion for running time alone. */
export const STYLE = `
:host{all:initial!important;display:block!important}
:host([inline]){inline-size:100%!important;block-size:var(--creatorshop-height,680px)!important;max-inline-size:var(--creatorshop-width,100%)!important}

:host([hidden]){display:none!important}
*,::before,::after{box-sizing:border-box}
.root{
--paper:#f7f6f1;--raised:#fdfdfa;--sunk:#edebe4;--line:#d6d4cc;--edge:#868f88;--ink:#14201b;--ink-2:#47534d;--ink-3:#5e6964;
--action:#0e5b3f;--label:#f6fcf7;--wash:#d9f0e3;--safe:#c13113;--safewash:#fde8e0;--safeline:#eeb6a2;
--ok:#246e3a;--warn:#895709;--bad:#b51e26;--focus:#2757b6;--shadow:0 2px 4px #0000000f,0 24px 60px #0000002e;
--font:var(--creatorshop-font,ui-sans-serif,system-ui,sans-serif);--display:var(--creatorshop-font-display,var(--font));
color-scheme:light;font:400 15px/1.5 var(--font);color:var(--ink);text-align:start;-webkit-text-size-adjust:100%}
.root.dark{
--paper:#0c120f;--raised:#131c18;--sunk:#060a08;--line:#2a332e;--edge:#616c67;--ink:#f0eee9;--ink-2:#bbbbb4;--ink-3:#9da097;
--action:#6fce9e;--label:#04160e;--wash:#142f23;--safe:#f57e59;--safewash:#2e1d17;--safeline:#5e3425;
--ok:#68ca80;--warn:#e6b55d;--bad:#f47b74;--focus:#7cb4fc;--shadow:0 2px 4px #0006,0 24px 60px #000a;color-scheme:dark}
h2,h3,p,dl,dd,ul{margin:0;padding:0}
h3{font:650 1.0625rem/1.25 var(--display);font-size:16.5px;letter-spacing:-.012em}
button,input,select,a{font:inherit;color:inherit;letter-spacing:inherit}
button{appearance:none;background:none;border:0;margin:0;padding:0;cursor:pointer;text-align:inherit;-webkit-tap-highlight-color:transparent;touch-action:manipulation}
:focus{outline:0}
:focus-visible{outline:2.5px solid var(--focus);outline-offset:2px}
[hidden]{display:none!important}
.icon{inline-size:20px;block-size:20px;flex:none;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
[dir=rtl] .flip{transform:scaleX(-1)}
.sr{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}

.launcher{position:fixed;z-index:2147483000;inset-block-end:calc(20px + env(safe-area-inset-bottom));inset-inline-end:20px;display:flex;align-items:center;justify-content:center;
inline-size:60px;block-size:60px;border-radius:999px;background:var(--action);color:var(--label);box-shadow:0 1px 2px #0003,0 8px 24px #0003;transition:transform .12s,filter .12s}
.start .launcher{inset-inline:20px auto}
.launcher .icon{inline-size:27px;block-size:27px}
.launcher:hover{filter:brightness(1.08)}
.launcher:active{transform:translateY(1px)}
.launcher .tag{position:absolute;inset-block-start:-7px;inset-inline-end:-5px;min-inline-size:24px;padding:1px 7px;border-radius:999px;border:2px solid var(--paper);background:var(--ink);color:var(--paper);
font:650 12px/18px var(--display);font-variant-numeric:tabular-nums;text-align:center;white-space:nowrap}
.launcher .tag.time{background:var(--safe);color:var(--raised)}

.panel{position:fixed;z-index:2147483000;margin:0;padding:0;inset:auto 20px calc(20px + env(safe-area-inset-bottom)) auto;
inline-size:392px;block-size:min(680px,100dvh - 40px);max-inline-size:none;max-block-size:none;
display:none;flex-direction:column;overflow:hidden;background:var(--paper);color:var(--ink);border:1px solid var(--line);border-radius:14px;box-shadow:var(--shadow)}
[dir=rtl] .panel,.start .panel{inset-inline:auto 20px}
[dir=rtl].start .panel{inset-inline:20px auto}
.panel[open],.inline .panel{display:flex;animation:rise .24s cubic-bezier(.2,.8,.2,1)}
.inline.root{block-size:100%}
.inline .panel{position:relative;z-index:0;inset:auto;inline-size:100%;block-size:100%;box-shadow:none;animation:none}
.panel::backdrop{background:#0006}
@keyframes rise{from{opacity:0;transform:translateY(14px)}}
@media (max-width:640px){
.root:not(.inline) .panel{inset:0!important;inline-size:100%;block-size:100dvh;border:0;border-radius:0;padding-block:env(safe-area-inset-top) env(safe-area-inset-bottom)}}

.head{display:flex;align-items:center;gap:12px;padding:11px 8px 11px 16px;padding-inline:16px 8px;background:var(--raised);border-block-end:1px solid var(--line)}
.avatar{inline-size:40px;block-size:40px;border-radius:999px;object-fit:cover;background:var(--sunk);flex:none}
.who{flex:1;min-inline-size:0}
.who h2{font:650 16px/1.25 var(--display);letter-spacing:-.015em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.who span{display:block;font-size:13px;line-height:1.4;color:var(--ink-2)}
.who .soon{color:var(--safe);font-weight:650}
.tap{display:flex;align-items:center;justify-content:center;inline-size:44px;block-size:44px;border-radius:10px;flex:none}
.tap:hover{background:var(--sunk)}
.offline{padding:8px 16px;font-size:13px;background:var(--sunk);color:var(--ink-2);border-block-end:1px solid var(--line)}
.offline a{color:var(--ink);font-weight:600}

.log{flex:1;min-block-size:0;overflow:auto;overscroll-behavior:contain;padding:16px;display:flex;flex-direction:column;gap:10px;scrollbar-width:thin;scrollbar-color:var(--line) transparent}
.log:focus-visible{outline-offset:-3px}
.say{display:flex;flex-direction:column;flex:none;min-inline-size:0;outline-offset:3px;border-radius:14px}
.live{animation:in .18s}
@keyframes in{from{opacity:0;transform:translateY(6px)}}
.bubble{max-inline-size:86%;align-self:flex-start;padding:10px 14px;background:var(--raised);border:1px solid var(--line);border-radius:14px;border-start-start-radius:4px;overflow-wrap:anywhere}
.bubble p+p{margin-block-start:6px}
.shopper .bubble{align-self:flex-end;background:var(--wash);border-color:transparent;border-radius:14px;border-end-end-radius:4px}
.shopper.pending .bubble{opacity:.65}
.human>:last-child{border-color:var(--action)}
.shop .info{background:none}
.by{font-size:12px;color:var(--ink-3);margin-block-end:3px;margin-inline-start:2px}

.card{background:var(--raised);border:1px solid var(--line);border-radius:14px;overflow:hidden;min-inline-size:0;flex:none}
.photo{position:relative;aspect-ratio:5/4;background:var(--sunk) center/cover no-repeat}
.photo img{position:absolute;inset:0;inline-size:100%;block-size:100%;object-fit:cover;opacity:0;transition:opacity .2s;color:var(--ink-3);font-size:13px}
.photo img.developed{opacity:1}
.frame{position:absolute;inset-block-end:10px;inset-inline-start:10px;padding:2px 7px;border-radius:2px;background:var(--raised);color:var(--ink);font:650 12px/18px var(--display);letter-spacing:.06em;font-variant-numeric:tabular-nums}
.inner{padding:13px 15px 0}
.inner:last-child{padding-block-end:15px}
.pair{display:flex;justify-content:space-between;align-items:baseline;gap:12px}
.price{font:650 16.5px/1.25 var(--display);font-variant-numeric:tabular-nums;white-space:nowrap}
.note,.note span{font-size:13px;line-height:1.45;color:var(--ink-2)}
.body{margin-block-start:8px;font-size:14px;line-height:1.5;color:var(--ink-2)}
.stock{display:flex;align-items:baseline;gap:8px;margin-block-start:3px;font-size:13.5px;color:var(--ink-2);font-variant-numeric:tabular-nums}
.stock i{inline-size:8px;block-size:8px;border-radius:999px;background:var(--ok);flex:none;transform:translateY(-1px)}
.stock.out i{background:none;border:1.5px solid var(--edge)}

.choices>.prompt{padding:0 2px 8px}
.card .choices>.prompt{padding:12px 15px 0;font-size:13px;color:var(--ink-2)}
.chips{display:flex;gap:8px;overflow-x:auto;padding:12px 28px 15px 15px;padding-inline:15px 28px;scroll-padding-inline:15px;scrollbar-width:none;
mask-image:linear-gradient(90deg,transparent,#000 14px,#000 calc(100% - 32px),transparent)}
[dir=rtl] .chips{mask-image:linear-gradient(-90deg,transparent,#000 14px,#000 calc(100% - 32px),transparent)}
.chips::-webkit-scrollbar{display:none}
.say>.choices .chips{padding-inline:2px 28px;padding-block:0 4px;mask-image:none;flex-wrap:wrap}
.chip{display:inline-flex;align-items:center;gap:8px;min-block-size:44px;padding:0 16px;border:1.5px solid var(--edge);border-radius:999px;background:var(--paper);font-weight:600;white-space:nowrap;flex:none;transition:transform .12s}
.chip .swatch{inline-size:22px;block-size:22px;margin-inline-start:-7px;border-radius:999px;box-shadow:inset 0 0 0 1px #0002}
.chip small{font-size:12px;font-weight:500;color:var(--ink-2);text-decoration:none}
.chip small:empty{display:none}
.chip[aria-checked=true],.chip[aria-pressed=true]{background:var(--wash);border-color:var(--action);box-shadow:inset 0 0 0 .5px var(--action)}
.chip[aria-disabled]{border-style:dashed;border-color:var(--edge);background:none;cursor:not-allowed}
.chip[aria-disabled] span{text-decoration:line-through;color:var(--ink-3)}
.chip[aria-disabled] .swatch{opacity:.4}
.chip:not([aria-disabled]):active,.button:active,.option:active,.slot:active{transform:translateY(1px)}
.chip:not([aria-disabled]):hover,.slot:not([aria-disabled]):hover,.option:not([aria-disabled]):hover{border-color:var(--ink-2)}

.actions{display:flex;flex-wrap:wrap;gap:8px;padding:13px 15px 15px}
.say>.actions{padding:0}
.chips+.actions,.choices+.actions{padding-block-start:0}
.button{display:flex;align-items:center;justify-content:center;gap:8px;flex:1 1 auto;min-block-size:46px;padding:8px 12px;border-radius:10px;border:1.5px solid transparent;font-weight:650;line-height:1.2;text-align:center;text-decoration:none;cursor:pointer;transition:transform .12s,filter .12s,background .12s}
.button .icon{inline-size:16px;block-size:16px}
.actions>.primary{flex-basis:100%}
.primary{background:var(--action);color:var(--label)}
.primary:hover{filter:brightness(1.08)}
.quiet{border-color:var(--edge);color:var(--ink)}
.quiet:hover{border-color:var(--ink-2);background:var(--paper)}
.link{min-block-size:44px;text-decoration:underline;text-decoration-thickness:1px;text-underline-offset:3px;font-weight:550}
[aria-busy=true]{cursor:progress}
[aria-busy=true].slow{opacity:.6}
.sums{margin:12px 15px 0;padding-block-start:8px;border-block-start:1.5px dashed var(--line)}
.sums div{display:flex;justify-content:space-between;gap:16px;padding-block:4px;font-size:14.5px;color:var(--ink-2)}
.sums dd{font-variant-numeric:tabular-nums;white-space:nowrap}
.sums .within{font-size:13px;color:var(--ink-3);padding-block:2.5px}
.sums .total{margin-block-start:9px;padding-block:10px 0;border-block-start:1.5px solid var(--ink-2);font:650 18px/1.3 var(--display);color:var(--ink)}
.small{padding-block-start:8px}

.ticket{position:relative;box-shadow:inset 0 0 0 1px var(--safeline);border-radius:14px;background:var(--safewash);overflow:hidden}
.stub{padding:14px 15px 12px}
.countdown{display:block;margin-block-start:4px;font:700 34px/1.1 var(--display);letter-spacing:-.02em;font-variant-numeric:tabular-nums;color:var(--safe)}
.rest{position:relative;padding:15px;margin-inline:0;border-block-start:1.5px dashed var(--safeline)}
.rest::before,.rest::after{content:"";position:absolute;inset-block-start:-9px;inset-inline-start:-8px;inline-size:16px;block-size:16px;border-radius:999px;background:var(--paper);border:1px solid var(--safeline)}
.rest::after{inset-inline:auto -8px}
.bar{block-size:5px;border-radius:999px;background:var(--safeline);overflow:hidden;margin-block-end:14px}
.bar i{display:block;block-size:100%;background:var(--safe);transform-origin:0;transition:transform .25s linear}
[dir=rtl] .bar i{transform-origin:100%}
.twins{display:grid;grid-auto-flow:column;grid-auto-columns:1fr;gap:8px}
.ticket .quiet{border-color:var(--ink-2)}
.ticket .quiet:hover{background:#0000000a}
.ticket .link{inline-size:100%;margin-block:6px -8px}
.notice{display:flex;gap:10px;padding:11px 14px;background:var(--sunk);border-radius:14px}
.notice>.icon{color:var(--ink-2);margin-block-start:1px}
.notice.warn>.icon{color:var(--warn)}.notice.bad>.icon{color:var(--bad)}
.notice>div{flex:1}
.notice .actions{padding:10px 0 2px}

.foot{display:flex;gap:8px;padding:10px;background:var(--raised);border-block-start:1px solid var(--line)}
.ask{flex:1;min-inline-size:0;min-block-size:46px;padding:8px 14px;font-size:16px;background:var(--paper);color:var(--ink);border:1.5px solid var(--edge);border-radius:10px}
.ask::placeholder{color:var(--ink-3);opacity:1}
.send{min-inline-size:74px;padding-inline:16px;border-radius:10px;background:var(--ink);color:var(--paper);font-weight:650;text-align:center}
.send:active{transform:translateY(1px)}

@media (prefers-reduced-motion:reduce){*,::before,::after{animation-duration:.01ms!important;transition-duration:.01ms!important}}
`;
