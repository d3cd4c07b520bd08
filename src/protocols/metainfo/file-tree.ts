/**
 * The files of a v2 torrent (BEP 52, "file tree"): folders in each other, a file under the empty key of its own folder.
 * Each begins with a piece of its own, so the pieces run over the files with gaps between them.
 *
 *     d6:folderd5:a.txtd0:d6:lengthi5e11:pieces root32:...eeee
 */
import { type Bencode, Dictionary } from '../bencode/read.ts';
import { MetainfoError } from './errors.ts';
import { asBytes, asDictionary, bytesIn, decodeUtf8, readLength } from './fields.ts';
import { layerRoot } from './merkle.ts';
import { checkElement, checkPath, shownPath } from './paths.ts';
import { type FileV2, metainfoLimits, sha256Bytes } from './types.ts';

/** The files in `tree`, in its order; paths are below the tree's root. In short steps. */
export function* readFileTree(tree: Dictionary, pieceLength: number): Generator<undefined, FileV2[]> {
  const files: FileV2[] = [];
  let offset = 0;
  for (const { path, length, piecesRoot } of leavesOf(tree, [])) {
    files.push({ path: checkPath(path), length, offset, piecesRoot });
    if (files.length > metainfoLimits.filesMax) {
      throw new MetainfoError('too-large', `over ${metainfoLimits.filesMax} files`);
    }
    offset += Math.ceil(length / pieceLength) * pieceLength;
    yield undefined;
  }
  if (files.length === 0) throw new MetainfoError('bad-tree', 'there is no file in "file tree"');
  return files;
}

interface Leaf {
  readonly path: string[];
  readonly length: number;
  readonly piecesRoot: Buffer | undefined;
}

function* leavesOf(folder: Dictionary, path: readonly string[]): Generator<Leaf> {
  for (const key of folder.keys()) {
    if (key === '') throw new MetainfoError('bad-tree', `${shownPath(path)} is a folder and a file at once`);
    const below = [...path, checkElement(decodeUtf8(Buffer.from(key, 'latin1')))];
    const node = asDictionary(folder.get(key) as Bencode, shownPath(below));
    const file = node.get('');
    if (file === undefined) yield* leavesOf(node, below);
    else if ([...node.keys()].length === 1) yield readLeaf(asDictionary(file, shownPath(below)), below);
    else throw new MetainfoError('bad-tree', `${shownPath(below)} is a folder and a file at once`);
  }
}

function readLeaf(file: Dictionary, path: string[]): Leaf {
  const length = readLength(file);
  const piecesRoot = bytesIn(file, 'pieces root');
  const bytes = length === 0 ? undefined : sha256Bytes;
  if (piecesRoot?.length === bytes) return { path, length, piecesRoot };
  const rule = bytes === undefined ? 'no "pieces root"' : `a "pieces root" of ${bytes} bytes`;
  const came = piecesRoot === undefined ? 'none' : `${piecesRoot.length} bytes`;
  throw new MetainfoError('bad-tree', `${shownPath(path)} is ${length} bytes long and must have ${rule}, not ${came}`);
}

/**
 * Throws unless `layers` leads to the root of every file longer than a piece (BEP 52, "piece layers"). A file a step.
 */
export function* checkPieceLayers(
  layers: Bencode | undefined,
  files: readonly FileV2[],
  pieceLength: number,
): Generator<undefined, void> {
  if (layers !== undefined && !(layers instanceof Dictionary)) asDictionary(layers, 'piece layers');
  for (const { path, length, piecesRoot } of files) {
    if (piecesRoot === undefined || length <= pieceLength) continue;
    const value = layers instanceof Dictionary ? layers.get(piecesRoot.toString('latin1')) : undefined;
    if (value === undefined) throw badLayer(path, 'is missing');
    const layer = asBytes(value, 'piece layers');
    const bytes = Math.ceil(length / pieceLength) * sha256Bytes;
    if (layer.length !== bytes) throw badLayer(path, `must be ${bytes} bytes, not ${layer.length}`);
    if (!layerRoot(layer, pieceLength).equals(piecesRoot)) throw badLayer(path, 'does not lead to its "pieces root"');
    yield undefined;
  }
}

function badLayer(path: readonly string[], fault: string): MetainfoError {
  return new MetainfoError('bad-layers', `the layer of ${shownPath(path)} in "piece layers" ${fault}`);
}
