// Entry of the kernel view (docs/live.md): a kernel that slides over an image, with all the numbers.

const version = new URL(import.meta.url).search;
const [{ KernelView }, { mounter, styled }] =
  await Promise.all([import(`./kernel_view.js${version}`), import(`./mount.js${version}`)]);
await styled;

export default mounter(KernelView, (globalThis.rdfiaKernelViews ??= new WeakMap()));
