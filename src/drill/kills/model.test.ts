/** The memory that promises are checked by: what counts as a broken one, and what does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileView } from '../../protocols/api/types.ts';
import { Model, type ModelFile } from './model.ts';

const content = { name: 'a', seed: 's', length: 3 };
const sha256 = 'f'.repeat(64);
const good = { id: '1', name: 'a', length: 3, sha256 } as FileView;

type Story = (model: Model, file: ModelFile) => void;
const kept: Story = (model, file) => model.promised(file, 'kept', '1');
const gone: Story = (model, file) => {
  kept(model, file);
  model.promised(file, 'gone');
};
const unanswered: Story = (model, file) => model.unanswered(file);

const cases: { name: string; story: Story; listed: FileView[]; fault: RegExp | undefined }[] = [
  { name: 'kept and listed', story: kept, listed: [good], fault: undefined },
  { name: 'kept and not listed', story: kept, listed: [], fault: /a was acknowledged, and is not listed/ },
  { name: 'another length', story: kept, listed: [{ ...good, length: 2 }], fault: /other properties/ },
  { name: 'another hash', story: kept, listed: [{ ...good, sha256: '0' }], fault: /other properties/ },
  { name: 'another id', story: kept, listed: [{ ...good, id: '2' }], fault: /other properties/ },
  { name: 'gone and not listed', story: gone, listed: [], fault: undefined },
  { name: 'gone and listed', story: gone, listed: [good], fault: /a was gone, and is listed again/ },
  { name: 'unanswered and listed', story: unanswered, listed: [good], fault: undefined },
  { name: 'unanswered and not listed', story: unanswered, listed: [], fault: undefined },
  { name: 'unanswered and altered', story: unanswered, listed: [{ ...good, length: 2 }], fault: /other properties/ },
  { name: 'a stranger', story: kept, listed: [good, { ...good, name: 'b' }], fault: /b is listed, and was never/ },
  { name: 'twice', story: kept, listed: [good, { ...good, id: '2' }], fault: /2 files are listed under 1 names/ },
];

for (const { name, story, listed, fault } of cases) {
  test(name, () => {
    const model = new Model();
    story(model, model.add(content, sha256));
    const faults = model.judge(listed);
    if (fault === undefined) assert.deepEqual(faults, []);
    else assert.match(faults.join(), fault);
  });
}

test('what was unanswered is settled by the first look: afterwards it must stay as it was', () => {
  const model = new Model();
  unanswered(model, model.add(content, sha256));
  assert.deepEqual(model.judge([good]), []);
  assert.match(model.judge([]).join(), /is not listed/);
  const other = new Model();
  unanswered(other, other.add(content, sha256));
  assert.deepEqual(other.judge([]), []);
  assert.match(other.judge([good]).join(), /is listed again/);
});

test('a file that somebody is changing is not offered to others', () => {
  const model = new Model();
  const file = model.add(content, sha256);
  kept(model, file);
  assert.deepEqual(model.idle('kept'), [file]);
  model.begin(file);
  assert.deepEqual(model.idle('kept'), []);
  model.refused(file);
  assert.deepEqual(model.idle('kept'), [file]);
});
