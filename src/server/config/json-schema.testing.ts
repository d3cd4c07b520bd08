/**
 * Validates by as much of JSON Schema (draft 2020-12) as our own schema uses; another keyword is an error, not a pass.
 */
export function accepts(schema: unknown, value: unknown): boolean {
  return Object.entries(schema as Record<string, unknown>).every(([keyword, wanted]) => {
    const check = keywords[keyword];
    if (check === undefined) throw new Error(`keyword ${keyword} is not known here`);
    return check(wanted, value, schema as Record<string, unknown>);
  });
}

type Check = (wanted: unknown, value: unknown, schema: Record<string, unknown>) => boolean;

const keywords: Readonly<Record<string, Check>> = {
  $schema: () => true,
  title: () => true,
  description: () => true,
  default: () => true,
  type: (wanted, value) => (wanted === 'integer' ? Number.isInteger(value) : typeName(value) === wanted),
  enum: (wanted, value) => (wanted as unknown[]).includes(value),
  minimum: (wanted, value) => typeof value !== 'number' || value >= (wanted as number),
  maximum: (wanted, value) => typeof value !== 'number' || value <= (wanted as number),
  pattern: (wanted, value) => typeof value !== 'string' || new RegExp(wanted as string, 'u').test(value),
  anyOf: (wanted, value) => (wanted as unknown[]).some((schema) => accepts(schema, value)),
  items: (wanted, value) => !Array.isArray(value) || value.every((item) => accepts(wanted, item)),
  required: (wanted, value) => !isObject(value) || (wanted as string[]).every((key) => Object.hasOwn(value, key)),
  properties: (wanted, value) =>
    !isObject(value) ||
    Object.entries(wanted as object).every(
      ([key, schema]) => !Object.hasOwn(value, key) || accepts(schema, value[key]),
    ),
  additionalProperties: (_wanted, value, schema) =>
    !isObject(value) || Object.keys(value).every((key) => Object.hasOwn(schema.properties as object, key)),
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeName(value) === 'object';
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
