/**
 * "Contact sheet and ticket": warm paper, one action colour, and safelight vermilion for running time alone. What is here dresses
 * the way from the launcher to the till; movement, and whatever comes seldom, is in rarestyle.js.
 */
export const STYLE = `
:host{all:initial!important;display:block!important}
:host([inline]){width:100%!important;height:var(--creatorshop-height,680px)!important;max-width:var(--creatorshop-width,100%)!important}
:host([hidden]),[hidden]{display:none!important}
*,::before,::after{box-sizing:border-box}
.root{
--paper:light-dark(#f7f6f1,#0c120f);--raised:light-dark(#fdfdfa,#131c18);--sunk:light-dark(#edebe4,#060a08);--line:light-dark(#d6d4cc,#2a332e);--edge:light-dark(#868f88,#616c67);
--ink:light-dark(#14201b,#f0eee9);--ink-2:light-dark(#47534d,#bbbbb4);--ink-3:light-dark(#5e6964,#9da097);
--action:light-dark(#0e5b3f,#6fce9e);--label:light-dark(#f6fcf7,#04160e);--wash:light-dark(#d9f0e3,#142f23);
--safe:light-dark(#c13113,#f57e59);--safewash:light-dark(#fde8e0,#2e1d17);--safeline:light-dark(#eeb6a2,#5e3425);
--ok:light-dark(#246e3a,#68ca80);--focus:light-dark(#2757b6,#7cb4fc);
--font:var(--creatorshop-font,ui-sans-serif,system-ui,sans-serif);--display:var(--creatorshop-font-display,var(--font));
color-scheme:light dark;font:400 15px/1.5 var(--font);color:var(--ink);text-align:start;-webkit-text-size-adjust:100%}
:host([data-theme=light]) .root{color-scheme:light}
:host([data-theme=dark]) .root{color-scheme:dark}
h2,h3,p,dl,dd,ul{margin:0;padding:0}
h3{font:650 16.5px/1.25 var(--display);letter-spacing:-.012em}
button,input,select,a{font:inherit;color:inherit;letter-spacing:inherit}
button{appearance:none;background:none;border:0;margin:0;padding:0;cursor:pointer;text-align:inherit;touch-action:manipulation}
:focus{outline:0}
:focus-visible{outline:2.5px solid var(--focus);outline-offset:2px}
.icon{width:20px;height:20px;flex:none;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
[dir=rtl] .flip{transform:scaleX(-1)}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}

.launcher,.panel{position:fixed;z-index:2147483000;inset:auto;bottom:calc(20px + env(safe-area-inset-bottom));inset-inline-end:20px}
:host([data-position=start]) :is(.launcher,.panel){inset-inline:20px auto}
.launcher{display:flex;align-items:center;justify-content:center;width:60px;height:60px;border-radius:999px;background:var(--action);color:var(--label);box-shadow:0 1px 2px #0003,0 8px 24px #0003}
.launcher .icon{width:27px;height:27px}
.panel{margin:0;padding:0;width:392px;height:min(680px,100dvh - 40px);max-width:none;max-height:none;
display:none;flex-direction:column;overflow:hidden;background:var(--paper);color:var(--ink);border:1px solid var(--line);border-radius:14px;box-shadow:0 2px 4px #0001,0 24px 60px light-dark(#0003,#000a)}
.panel[open],section.panel{display:flex}
:host([inline]) .root{height:100%}
section.panel{position:relative;z-index:0;inset:auto!important;width:100%;height:100%;box-shadow:none}
@media (max-width:640px){
dialog.panel{inset:0!important;width:100%;height:100dvh;border:0;border-radius:0;padding-block:env(safe-area-inset-top) env(safe-area-inset-bottom)}}

.head{display:flex;align-items:center;gap:12px;padding-block:11px;padding-inline:16px 8px;background:var(--raised);border-bottom:1px solid var(--line)}
.avatar{width:40px;height:40px;border-radius:999px;object-fit:cover;background:var(--sunk)}
.who{flex:1;min-width:0}
.who h2{font:650 16px/1.25 var(--display);letter-spacing:-.015em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.who span{display:block;font-size:13px;line-height:1.4;color:var(--ink-2)}
.tap{display:flex;align-items:center;justify-content:center;width:44px;height:44px;border-radius:10px}

.log{flex:1;min-height:0;overflow:auto;overscroll-behavior:contain;padding:16px;display:flex;flex-direction:column;gap:10px}
.say{display:flex;flex-direction:column;flex:none;min-width:0;border-radius:14px}
.bubble{max-width:86%;align-self:flex-start;padding:10px 14px;background:var(--raised);border:1px solid var(--line);border-radius:14px;border-start-start-radius:4px;overflow-wrap:anywhere}

.card{background:var(--raised);border:1px solid var(--line);border-radius:14px;overflow:hidden;min-width:0;flex:none}
.photo{position:relative;aspect-ratio:5/4;background:var(--sunk) center/cover no-repeat}
.photo img{position:absolute;inset:0;width:100%;height:100%;object-fit:cover}
.inner{padding:13px 15px 0}
.inner:last-child{padding-bottom:15px}
.pair,.sums div{display:flex;justify-content:space-between;align-items:baseline;gap:12px}
.price{font:650 16.5px/1.25 var(--display);font-variant-numeric:tabular-nums;white-space:nowrap}
.note{font-size:13px;line-height:1.45;color:var(--ink-2)}
.body{margin-top:8px;font-size:14px;color:var(--ink-2)}
.stock{display:flex;align-items:baseline;gap:8px;margin-top:3px;font-size:13.5px;color:var(--ink-2);font-variant-numeric:tabular-nums}
.stock i{width:8px;height:8px;border-radius:999px;background:var(--ok);flex:none;transform:translateY(-1px)}
.stock.out i{background:none;border:1.5px solid var(--edge)}

.choices>.prompt{padding:0 2px 8px}
.card .choices>.prompt{padding:12px 15px 0;font-size:13px;color:var(--ink-2)}
.chips{display:flex;gap:8px;overflow-x:auto;padding-block:12px 15px;padding-inline:15px 28px;scroll-padding-inline:15px;scrollbar-width:none}
.say>.choices .chips{padding-inline:2px 28px;padding-block:0 4px;flex-wrap:wrap}
.chip{display:inline-flex;align-items:center;gap:8px;min-height:44px;padding:0 16px;border:1.5px solid var(--edge);border-radius:999px;background:var(--paper);font-weight:600;white-space:nowrap;flex:none}
.chip .swatch{width:22px;height:22px;margin-inline-start:-7px;border-radius:999px;box-shadow:inset 0 0 0 1px #0002}
.chip small{font-size:12px;font-weight:500;color:var(--ink-2)}
.chip small:empty{display:none}
[aria-disabled]{border-style:dashed!important;background:none!important;cursor:not-allowed}
.chip[aria-disabled] span,[aria-disabled] b{text-decoration:line-through;color:var(--ink-3)}
.options{display:flex;flex-direction:column;gap:8px}
.card .options{padding:12px 15px 15px}
.option{display:flex;align-items:center;justify-content:space-between;gap:12px;min-height:48px;padding-block:9px;padding-inline:14px 10px;background:var(--raised);border:1.5px solid var(--edge);border-radius:10px}
[aria-checked=true],[aria-pressed=true]{background:var(--wash);border-color:var(--action)}
.option b,.option small{display:block;font-weight:600;line-height:1.35}
.option small{font-size:13px;font-weight:400;color:var(--ink-2)}

.actions{display:flex;flex-wrap:wrap;gap:8px;padding:13px 15px 15px}
.chips+.actions,.choices+.actions{padding-top:0}
.button{display:flex;align-items:center;justify-content:center;gap:8px;flex:1 1 auto;min-height:46px;padding:8px 12px;border-radius:10px;border:1.5px solid transparent;font-weight:650;line-height:1.2;text-align:center;text-decoration:none;cursor:pointer}
.button .icon{width:16px;height:16px}
.actions>.primary{flex-basis:100%}
.primary{background:var(--action);color:var(--label)}
.quiet{border-color:var(--edge)}
.link{min-height:44px;text-decoration:underline;text-decoration-thickness:1px;text-underline-offset:3px;font-weight:550}
.sums{margin:12px 15px 0;padding-top:8px;border-top:1.5px dashed var(--line)}
.sums div{padding-block:4px;font-size:14.5px;color:var(--ink-2)}
.sums dd{font-variant-numeric:tabular-nums;white-space:nowrap}
.sums .within{font-size:13px;color:var(--ink-3);padding-block:2.5px}
.sums .total{margin-top:9px;padding-block:10px 0;border-top:1.5px solid var(--ink-2);font:650 18px/1.3 var(--display);color:var(--ink)}
.small{padding-top:8px}

.ticket{position:relative;box-shadow:inset 0 0 0 1px var(--safeline);border-radius:14px;background:var(--safewash);overflow:hidden}
.stub{padding:14px 15px 12px}
.countdown{display:block;margin-top:4px;font:700 34px/1.1 var(--display);letter-spacing:-.02em;font-variant-numeric:tabular-nums;color:var(--safe)}
.rest{position:relative;padding:15px;border-top:1.5px dashed var(--safeline)}
.bar{height:5px;border-radius:999px;background:var(--safeline);overflow:hidden;margin-bottom:14px}
.bar i{display:block;height:100%;background:var(--safe);transform-origin:0}
.twins{display:grid;grid-auto-flow:column;grid-auto-columns:1fr;gap:8px}
.ticket .quiet{border-color:var(--ink-2)}
.ticket .link{width:100%;margin-block:6px -8px}

.foot{display:flex;gap:8px;padding:10px;background:var(--raised);border-top:1px solid var(--line)}
.ask{flex:1;min-width:0;min-height:46px;padding:8px 14px;font-size:16px;background:var(--paper);border:1.5px solid var(--edge);border-radius:10px}
.send{min-width:74px;padding-inline:16px;border-radius:10px;background:var(--ink);color:var(--paper);font-weight:650;text-align:center}

.sheet{position:absolute;inset:0;z-index:2;display:flex;flex-direction:column;background:var(--paper);padding-block:env(safe-area-inset-top) env(safe-area-inset-bottom)}
.sheet .head{padding-inline:8px}
.sheet .head b{flex:1;font:650 16px/1.25 var(--display)}
.sheet .head a{display:flex;gap:6px;align-items:center;min-height:44px;padding-inline:10px;font-size:13.5px;color:var(--ink-2)}
.sheet iframe{flex:1;border:0;color-scheme:inherit}
`;
