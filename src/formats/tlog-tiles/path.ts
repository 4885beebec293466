import { FormatError } from '../../base/index.ts';
import { TILE_WIDTH, type Tile } from './tile.ts';

const MAX_LEVEL = 63;
const FORM = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** The path of a tile below the log's URL prefix: "tile/0/x001/x234/067", "tile/entries/273.p/112". */
export function tilePath({ level, index, width }: Tile): string {
  const groups = [index % 1000];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) groups.unshift(rest % 1000);
  const name = groups
    .map((group, i) => `${i < groups.length - 1 ? 'x' : ''}${String(group).padStart(3, '0')}`)
    .join('/');
  return `tile/${level}/${name}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Reads such a path, of which each tile has exactly one; throws FormatError `tlog-tiles-path`. */
export function parseTilePath(path: string): Tile {
  const [, level = '', digits = '', width = String(TILE_WIDTH)] = FORM.exec(path) ?? [];
  const tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(digits.replace(/[x/]/g, '')),
    width: Number(width),
  } as const;
  const inBounds = tile.width <= TILE_WIDTH && Number(tile.level === 'entries' ? 0 : tile.level) <= MAX_LEVEL;
  if (!inBounds || !Number.isSafeInteger(tile.index) || tilePath(tile) !== path)
    throw new FormatError('tlog-tiles-path', -1, 'Cannot find tile: the path is not one of tlog-tiles');
  return tile;
}
