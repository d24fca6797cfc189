// The rows of testdata/erp for servers that run on Node: what the tables are, and their rows as JSON has them.
// Decimals are strings, and whole numbers of 64 bits are decimals, since a number of JavaScript would lose digits of them.
'use strict'
const fs = require('fs'), path = require('path')

const tables = {
  Companies: { key: ['Company'], columns: 'Company String,Name String,CurrencyCode String,Active Boolean,Founded Date' },
  Customers: { key: ['Company', 'CustNum'], columns: 'Company String,CustNum Int32,CustID String,Name String,City String,Country String,CreditLimit Decimal(18;5),CreditHold Boolean,DiscountPct Double,EstDate Date,LastContact DateTimeOffset,SysRowID Guid,SysRevID Decimal(19;0),ChangedAt DateTimeOffset' },
  Parts: { key: ['Company', 'PartNum'], columns: 'Company String,PartNum String,Description String,TypeCode String,UnitPrice Decimal(17;5),NetWeight Double,NonStock Boolean,Inactive Boolean,OnHandQty Decimal(22;8),CreatedOn DateTimeOffset,Thumb Binary,SysRowID Guid' },
  OrderHed: { key: ['Company', 'OrderNum'], columns: 'Company String,OrderNum Int32,CustNum Int32,PONum String,OrderDate Date,RequestDate Date,EntryTime TimeOfDay,CreatedOn DateTimeOffset,ChangedAt DateTimeOffset,OpenOrder Boolean,VoidOrder Boolean,Status String,OrderPriority Int32,OrderAmt Decimal(19;4),ExchangeRate Decimal(20;10),SysRevID Decimal(19;0),Channel Int16,Flags Byte,Comment String,SysRowID Guid' },
  OrderDtl: { key: ['Company', 'OrderNum', 'OrderLine'], columns: 'Company String,OrderNum Int32,OrderLine Int32,PartNum String,LineDesc String,OrderQty Decimal(22;8),UnitPrice Decimal(17;5),ExtPrice Decimal(19;4),Discount Double,NeedByDate Date,VoidLine Boolean,SysRowID Guid' },
  Invoices: { key: ['ID'], columns: 'ID Guid,Company String,InvoiceNum Decimal(19;0),CustNum Int32,OrderNum Int32,InvoiceDate Date,DueDate Date,PostedAt DateTimeOffset,InvoiceAmt Decimal(15;2),InvoiceBal Decimal(15;2),Paid Boolean,FiscalPeriod Int16,Notes String' },
}
for (const t of Object.values(tables)) {
  t.columns = t.columns.split(',').map(c => {
    const [, name, type, precision, scale] = /^(\w+) (\w+)(?:\((\d+);(\d+)\))?$/.exec(c)
    return { name, type, precision, scale, key: t.key.includes(name) }
  })
}

// fields reads CSV with quoted fields; a bare NULL is null.
function fields(text) {
  const rows = [[]]
  for (let at = 0; at < text.length;) {
    let value
    if (text[at] === '"') {
      value = ''
      for (at++; ; at++) {
        if (text[at] === '"' && text[++at] !== '"') break
        value += text[at]
      }
    } else {
      const end = /[,\r\n]|$/.exec(text.slice(at)).index + at
      value = text.slice(at, end)
      if (value === 'NULL') value = null
      at = end
    }
    rows[rows.length - 1].push(value)
    if (text[at] === '\r') at++
    if (text[at++] === '\n' && at < text.length) rows.push([])
  }
  return rows
}

function json({ type, scale }, text) {
  if (text === null) return null
  switch (type) {
    case 'Decimal': {
      const [whole, fraction = ''] = text.split('.')
      return scale > 0 ? whole + '.' + fraction.padEnd(scale, '0') : whole
    }
    case 'Boolean': return text === '1' || text === 'true'
    case 'Int16': case 'Int32': case 'Byte': case 'Double': return Number(text)
  }
  return text
}

// rows are those of a table as objects.
function rows(folder, name) {
  const [head, ...lines] = fields(fs.readFileSync(path.join(folder, name + '.csv'), 'utf8'))
  const columns = Object.fromEntries(tables[name].columns.map(c => [c.name, c]))
  return lines.map(l => Object.fromEntries(head.map((c, i) => [c, json(columns[c], l[i])])))
}

// edmx is the metadata document of the tables.
function edmx() {
  let out = '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices><Schema Namespace="erp" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
  out += '<EntityContainer Name="Container">' + Object.keys(tables).map(n => `<EntitySet Name="${n}" EntityType="erp.${n}"/>`).join('') + '</EntityContainer>'
  for (const [name, t] of Object.entries(tables)) {
    out += `<EntityType Name="${name}"><Key>${t.key.map(k => `<PropertyRef Name="${k}"/>`).join('')}</Key>`
    for (const c of t.columns) out += `<Property Name="${c.name}" Type="Edm.${c.type}"${c.key ? ' Nullable="false"' : ''}${c.precision ? ` Precision="${c.precision}" Scale="${c.scale}"` : ''}/>`
    out += '</EntityType>'
  }
  return out + '</Schema></edmx:DataServices></edmx:Edmx>'
}

// serve listens on 127.0.0.1, says where, and ends with its input.
function serve(app, base, port) {
  const server = app.listen(port, '127.0.0.1', () => console.log(`ready http://127.0.0.1:${server.address().port}${base}`))
  process.stdin.resume().on('end', () => process.exit(0))
}

module.exports = { tables, rows, edmx, serve }
