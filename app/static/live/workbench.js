// Entry of the workbench (docs/live.md): one attention head on a few tokens, with all the numbers.

const version = new URL(import.meta.url).search;
const [{ WorkbenchView }, { addStyle, mounter, styled }] =
  await Promise.all([import(`./workbench_view.js${version}`), import(`./mount.js${version}`)]);
await Promise.all([styled, addStyle("workbench.css")]);

export default mounter(WorkbenchView, (globalThis.rdfiaWorkbenchViews ??= new WeakMap()));
