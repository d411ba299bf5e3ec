import hooks from 'eslint-plugin-react-hooks';
import typescript from 'typescript-eslint';

export default typescript.config(
  { ignores: ['jupyter_ext/src/protocol.gen.ts'] },
  typescript.configs.strictTypeChecked,
  hooks.configs['recommended-latest'],
  {
    languageOptions: { parserOptions: { project: ['./tsconfig.json', './tests/ts/tsconfig.json'] } },
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/unbound-method': 'off' // signals are connected as `connect(this.update, this)`
    }
  }
);
