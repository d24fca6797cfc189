// SAP's mock server for Fiori elements (@sap-ux/fe-mockserver-core, Apache-2.0): OData V4 from a metadata document and
// JSON rows. node femock.cjs PORT FOLDER-OF-CSV
'use strict'
const fs = require('fs'), os = require('os'), path = require('path'), express = require('express')
const Mock = require('@sap-ux/fe-mockserver-core').default, erp = require('./erp.cjs')
const [port, csv] = process.argv.slice(2)
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'erp-femock-'))
process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }))
fs.writeFileSync(path.join(folder, 'metadata.xml'), erp.edmx())
for (const name of Object.keys(erp.tables)) fs.writeFileSync(path.join(folder, name + '.json'), JSON.stringify(erp.rows(csv, name)))
const mock = new Mock({
  services: [{ urlPath: '/erp', metadataPath: path.join(folder, 'metadata.xml'), mockdataPath: folder, debug: false, watch: false, generateMockData: false, strictKeyMode: true, noETag: true, forceNullableValuesToNull: true }],
  annotations: [],
})
mock.isReady.then(() => erp.serve(express().use(mock.getRouter()), '/erp', Number(port)))
