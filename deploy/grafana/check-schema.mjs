// Holds the dashboards against Grafana's own schema: writes each as a TypeScript literal of the types that
// Grafana publishes in @grafana/schema, and has the TypeScript compiler compare them: names of fields, their
// kinds, and every word that is one of a set. docs/dashboards.md says how to run it; it needs the npm registry,
// so it is no part of `cargo xtask test`.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const SCHEMA = '@grafana/schema/dist';
// Grafana 12 has its types in a folder of their own.
const TYPES = `${SCHEMA}/${fs.existsSync(`node_modules/${SCHEMA}/types`) ? 'types' : 'esm'}`;
const COMPOSABLE = `${TYPES}/raw/composable`;
// Type of panel: [module of its types, where its own settings of a field are].
const PANELS = {
  timeseries: ['timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen', 'timeseries.FieldConfig'],
  stat: ['stat/panelcfg/x/StatPanelCfg_types.gen', undefined],
  'state-timeline': ['statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen', 'state_timeline.FieldConfig'],
  table: ['table/panelcfg/x/TablePanelCfg_types.gen', 'TableFieldOptions'],
};
// What an annotation asks for belongs to the data source's plugin, which the schema leaves out.
const OF_THE_PLUGIN = ['expr', 'step', 'titleFormat', 'textFormat', 'tagKeys', 'useValueForTime'];

const moduleName = (type) => type.replace('-', '_');

function header() {
  const lines = [
    `import type { Dashboard, Panel, RowPanel } from '${TYPES}/raw/dashboard/x/dashboard_types.gen';`,
    `import type { TableFieldOptions } from '${TYPES}/common/common.gen';`,
    // JSON has the words of an enumeration, not its names.
    'type Json<T> = T extends string ? T | `${T}` : T extends number | boolean | null | undefined ? T',
    '  : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;',
  ];
  for (const [type, [module]] of Object.entries(PANELS)) {
    lines.push(`import type * as ${moduleName(type)} from '${COMPOSABLE}/${module}';`);
  }
  return lines;
}

function literals(file, dashboard) {
  const lines = [];
  const name = path.basename(file, '.json').replaceAll('-', '_');
  const add = (part, type, value) =>
    lines.push(`export const ${name}_${part}: Json<${type}> = ${JSON.stringify(value)};`);
  const { panels, annotations, ...rest } = dashboard;
  const list = annotations.list.map((annotation) =>
    Object.fromEntries(Object.entries(annotation).filter(([key]) => !OF_THE_PLUGIN.includes(key))));
  add('itself', "Omit<Dashboard, 'panels'>", { ...rest, annotations: { ...annotations, list } });
  for (const panel of panels) {
    if (panel.type === 'row') {
      add(panel.id, 'RowPanel', panel);
      continue;
    }
    const [, custom] = PANELS[panel.type] ?? [];
    const { options, fieldConfig, targets, ...plain } = panel;
    const { custom: settings, ...defaults } = fieldConfig.defaults;
    add(panel.id, 'Panel', { ...plain, fieldConfig: { ...fieldConfig, defaults } });
    add(`${panel.id}_options`, `${moduleName(panel.type)}.Options`, options);
    if (settings) add(`${panel.id}_field`, custom, settings);
  }
  return lines;
}

const files = process.argv.slice(2);
const lines = header();
for (const file of files) lines.push(...literals(file, JSON.parse(fs.readFileSync(file, 'utf8'))));
fs.writeFileSync('dashboards.ts', lines.join('\n'));
const compiler = spawnSync('npx', ['tsc', '--noEmit', '--strict', '--skipLibCheck', '--moduleResolution', 'node',
  '--ignoreDeprecations', '5.0', '--target', 'es2022', 'dashboards.ts'], { stdio: 'inherit' });
if (compiler.status === 0) console.log(`${files.length} dashboards are what Grafana's schema says.`);
process.exit(compiler.status ?? 1);
