// Entry of the view of a Vision Transformer: the live view of a run whose frames hold attention (docs/live.md).

const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const [{ View }, { VitStage }, { VitPanels }, { addStyle, mounter, styled }] =
  await Promise.all(["view", "vit_stage", "vit_panels", "mount"].map(load));
await Promise.all([styled, addStyle("image.css"), addStyle("vit.css")]);

class VitView extends View {
  constructor(parent) {
    super(parent, { Stage: VitStage, Panels: VitPanels });
  }
}

export default mounter(VitView, (globalThis.rdfiaVitViews ??= new WeakMap()));
