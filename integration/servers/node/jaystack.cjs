// JayStack's odata-v4-server with odata-v4-inmemory (Apache-2.0): their parser, routing, filters and envelope; the arrays
// that they work on, $orderby, $top, $skip and the metadata are ours. node jaystack.cjs PORT FOLDER-OF-CSV
'use strict'
const express = require('express'), { ODataServer, ODataController, odata, Edm } = require('odata-v4-server')
const { createFilter } = require('odata-v4-inmemory'), erp = require('./erp.cjs')
const [port, csv] = process.argv.slice(2)
const Server = class ErpServer extends ODataServer {}

function compare(a, b) {
  if (a === b) return 0
  if (a == null) return -1
  if (b == null) return 1
  return a < b ? -1 : 1
}

for (const [name, table] of Object.entries(erp.tables)) {
  const all = erp.rows(csv, name), Type = { [name]: class {} }[name]
  for (const c of table.columns) {
    Edm[c.type](Type.prototype, c.name)
    if (c.key) Edm.Key(Type.prototype, c.name)
    else Edm.Nullable(Type.prototype, c.name)
  }
  const Controller = { [name + 'Controller']: class extends ODataController {
    find(query) {
      const options = (query && query.value && query.value.options) || []
      const of = type => options.find(o => o.type === type)
      let rows = all
      if (of('Filter')) rows = rows.filter(createFilter(of('Filter').value))
      if (of('OrderBy')) {
        const keys = of('OrderBy').value.items.map(i => [i.value.expr.raw, i.value.direction])
        rows = [...rows].sort((a, b) => {
          for (const [property, direction] of keys) {
            const c = compare(a[property], b[property]) * direction
            if (c) return c
          }
          return 0
        })
      }
      const count = rows.length, skip = of('Skip') ? Number(of('Skip').value.raw) : 0
      rows = rows.slice(skip, of('Top') ? skip + Number(of('Top').value.raw) : undefined)
      const out = rows.map(r => Object.assign(new Type(), r))
      if (of('InlineCount') && of('InlineCount').value.raw === 'true') out.inlinecount = count
      return out
    }
  } }[name + 'Controller']
  odata.GET(Controller.prototype, 'find')
  odata.query(Controller.prototype, 'find', 0)
  odata.type(Type)(Controller)
  odata.controller(Controller, name)(Server)
}
// Its own metadata name the first column of a key alone.
const app = express()
app.get('/erp/\\$metadata', (request, response) => response.type('application/xml').send(erp.edmx()))
erp.serve(app.use('/erp', Server.create()), '/erp', Number(port))
