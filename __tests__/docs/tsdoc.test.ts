import { declaredBy, withDeclarations } from '../support/declarations';

test('every exported declaration and every public member has TSDoc', () => {
  const all = withDeclarations((folder) => [
    ...declaredBy(folder, 'index.d.ts'),
    ...declaredBy(folder, 'testing/index.d.ts'),
    ...declaredBy(folder, 'integrations/console.d.ts'),
    ...declaredBy(folder, 'integrations/opentelemetry.d.ts'),
    ...declaredBy(folder, 'integrations/prometheus.d.ts'),
    ...declaredBy(folder, 'integrations/redis.d.ts'),
  ]);

  expect(all.length).toBeGreaterThan(200);
  expect(all.filter(({ isDocumented }) => !isDocumented).map(({ where }) => where)).toEqual([]);
});
