import { describe, expect, it } from 'vitest';
import { readable } from '../../jupyter_ext/src/outputs';

describe('outputs', () => {
  const stream = { output_type: 'stream', name: 'stdout', text: 'abcdef' };
  const error = { output_type: 'error', ename: 'KeyError', evalue: "'a'", traceback: ['one', 'two'] };
  const picture = {
    output_type: 'display_data',
    data: { 'image/png': 'AAAA', 'text/plain': ['<Figure>'], 'application/json': { large: [1] } },
    metadata: { large: 'x' }
  };

  it('travel as text, without their pictures', () => {
    const { outputs, length } = readable([stream, picture, error]);
    expect(outputs).toEqual([
      stream,
      { output_type: 'display_data', data: { 'image/png': '', 'text/plain': ['<Figure>'], 'application/json': '' } },
      error
    ]);
    expect(length).toBe(6 + 8 + 3 + 6);
  });

  it('are cut where there is too much, and keep their places and kinds', () => {
    const { outputs, length } = readable([stream, error], 3);
    expect(outputs.map(output => [output.output_type, output.text ?? output.ename])).toEqual([
      ['stream', 'abc'],
      ['error', 'KeyError']
    ]);
    expect(outputs[1].traceback).toEqual(['', '']);
    expect(length).toBe(3);
  });
});
