import { PAGE_STYLE } from './page-style.data.ts';
import { TIMELINE_HEADER, type Timeline } from './timeline.ts';

const ROW_PX = 28;
/** On a phone a moment has two lines. */
const NARROW_ROW_PX = 52;
const NARROW = '(max-width:44rem)';

/**
 * Gives the timeline as one page, in pieces. Only the rows in view are in the document, so that a million stay smooth; the data stands in the
 * page as text, and nothing is loaded.
 */
export function* timelineHtml(timeline: Timeline): Generator<string> {
  const nonce = 'timeline';
  yield [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'">`,
    `<title>Timeline of a phone</title><style>${PAGE_STYLE}${STYLE}</style></head><body>`,
    '<header class="top"><h1>Timeline</h1><label for="find">Show rows with</label><input id="find" type="search" autocomplete="off">',
    '<label for="from">from</label><input id="from" type="date"><output id="count" aria-live="polite"></output></header>',
    // Evidence that is full of invented moments must not push the true ones out unseen.
    timeline.dropped === 0
      ? ''
      : `<p class="soft">${timeline.dropped} more moments are left out: the timeline is full</p>`,
    '<main class="moments"><div id="head" class="row head" aria-hidden="true"></div>',
    '<div id="view" tabindex="0" role="region" aria-label="Moments, oldest first"><div id="rows"></div></div></main>',
    '<script type="text/plain" id="data">',
  ].join('');
  yield `${TIMELINE_HEADER}\n`;
  let piece = '';
  let held = 0;
  for (const line of timeline.lines()) {
    // Inside a script element only "</" and "<!" end it. No cell has this character: control characters have become marks.
    piece += `${line.replaceAll('<', '\u0001')}\n`;
    if (++held < 1000) continue;
    yield piece;
    [piece, held] = ['', 0];
  }
  yield `${piece}</script><script nonce="${nonce}">${SCRIPT}</script></body></html>\n`;
}

const STYLE = `
body{display:flex;flex-direction:column;height:100dvh}
.top{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;padding:.75rem 1rem;border-bottom:1px solid var(--line)}
.top h1{font-size:1.1rem;margin:0}.top label{color:var(--soft);font-size:.9rem}.top output{color:var(--soft);font-size:.9rem;margin-inline-start:auto}
.top input{font:inherit;color:inherit;background:var(--panel);border:1px solid var(--line);border-radius:.35rem;padding:.3rem .6rem}
main.moments{flex:1;min-height:0;width:100%;max-width:none;margin:0;padding:0;display:flex;flex-direction:column}
#view{flex:1;overflow:auto;position:relative;outline-offset:-2px}
#rows{position:relative}
.row{display:grid;grid-template-columns:13rem 11rem 13rem 1fr;gap:.75rem;height:${ROW_PX}px;line-height:${ROW_PX}px;padding:0 1rem;font-size:.85rem}
#rows .row{position:absolute;inset-inline:0;border-bottom:1px solid var(--line)}
.row span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.head{color:var(--soft);font-weight:600;border-bottom:1px solid var(--line)}
@media ${NARROW}{.row{grid-template-columns:auto 1fr;gap:0 .75rem;height:${NARROW_ROW_PX}px;line-height:${NARROW_ROW_PX / 2}px}.row span:nth-child(2){display:none}.row span:nth-child(4){grid-column:1/-1;color:var(--soft)}.row span:nth-child(3){text-align:end}
.top input{flex:1;min-width:8rem;font-size:16px;min-height:44px;box-sizing:border-box}}
`;

/** Keeps one index of line starts; cuts cells only for the rows in view. */
const SCRIPT = `
const text=document.getElementById('data').textContent;
let count=0;for(let i=text.indexOf('\\n')+1;i>0&&i<text.length;i=text.indexOf('\\n',i)+1)count++;
const starts=new Uint32Array(count);{let n=0;for(let i=text.indexOf('\\n')+1;i>0&&i<text.length;i=text.indexOf('\\n',i)+1)starts[n++]=i}
let shown=starts;
const view=document.getElementById('view'),rows=document.getElementById('rows'),out=document.getElementById('count');
const find=document.getElementById('find'),from=document.getElementById('from');
const MAX=30000000,narrow=matchMedia('${NARROW}');
// A spreadsheet's guard before what looks like a formula is none of the evidence.
function plain(cell){return cell.replace(/(^|;)'(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])/g,'$1').replaceAll('\\u0001','<')}
function cells(line){const list=[];let cell='',quoted=false;for(let i=0;i<line.length;i++){const c=line[i];if(quoted){if(c==='"'){if(line[i+1]==='"'){cell+='"';i++}else quoted=false}else cell+=c}else if(c==='"')quoted=true;else if(c===','){list.push(plain(cell));cell=''}else cell+=c}list.push(plain(cell));return list}
function lineAt(start){return text.slice(start,text.indexOf('\\n',start))}
function row(values,top){const div=document.createElement('div');div.className='row';if(top!==undefined)div.style.top=top+'px';for(const value of values){const span=document.createElement('span');span.textContent=value;span.title=value;div.append(span)}return div}
function draw(){
const high=narrow.matches?${NARROW_ROW_PX}:${ROW_PX},total=shown.length*high,height=Math.min(total,MAX),scale=total>MAX?(total-view.clientHeight)/(MAX-view.clientHeight):1;
rows.style.height=height+'px';
const first=Math.max(0,Math.floor(view.scrollTop*scale/high)-5),last=Math.min(shown.length,first+Math.ceil(view.clientHeight/high)+12);
const offset=scale===1?0:view.scrollTop-view.scrollTop*scale;
const list=[];for(let i=first;i<last;i++){const c=cells(lineAt(shown[i]));list.push(row([c[0].replace('T',' ').slice(0,19)+(c[1]==='UTC'?' UTC':' (phone)'),c[2],c[3],c[4]],i*high+offset))}
rows.replaceChildren(...list);out.textContent=shown.length.toLocaleString()+' of '+starts.length.toLocaleString()+' moments';
}
function filter(){
const word=find.value.toLowerCase().replaceAll('<','\\u0001'),day=from.value;
if(!word&&!day)shown=starts;else{const kept=[];for(let i=0;i<starts.length;i++){const line=lineAt(starts[i]);if((!day||line>=day)&&(!word||line.toLowerCase().includes(word)))kept.push(starts[i])}shown=Uint32Array.from(kept)}
view.scrollTop=0;draw();
}
document.getElementById('head').replaceWith(Object.assign(row(['Time','Evidence','What','Detail']),{id:'head'}));document.getElementById('head').classList.add('head');
let wait;find.addEventListener('input',()=>{clearTimeout(wait);wait=setTimeout(filter,200)});from.addEventListener('input',filter);
view.addEventListener('scroll',()=>requestAnimationFrame(draw),{passive:true});addEventListener('resize',draw);draw();
`;
