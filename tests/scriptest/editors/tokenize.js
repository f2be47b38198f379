// Prints the scopes that a TextMate tokenizer gives to each line of a script, as JSON.
// node tokenize.js GRAMMAR SCRIPT
const fs = require('fs');
const { INITIAL, Registry, parseRawGrammar } = require('vscode-textmate');
const oniguruma = require('vscode-oniguruma');

// A language whose strings go on to the next line: a file's end must end them.
const PYTHON = {
  scopeName: 'source.python',
  patterns: [{ begin: '"""', end: '"""', name: 'string.python' }],
};

async function main() {
  const wasm = fs.readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm.buffer);
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (sources) => new oniguruma.OnigScanner(sources),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) => {
      if (scope === 'source.scriptest') {
        return parseRawGrammar(fs.readFileSync(process.argv[2], 'utf-8'), 'grammar.json');
      }
      return scope === 'source.python' ? parseRawGrammar(JSON.stringify(PYTHON), 'p.json') : null;
    },
  });
  const grammar = await registry.loadGrammar('source.scriptest');
  let stack = INITIAL;
  const lines = fs.readFileSync(process.argv[3], 'utf-8').split('\n').map((line) => {
    const found = grammar.tokenizeLine(line, stack);
    stack = found.ruleStack;
    return found.tokens.map((token) => [
      line.slice(token.startIndex, token.endIndex),
      token.scopes.slice(1).join(' '),
    ]);
  });
  console.log(JSON.stringify(lines));
}

main();
