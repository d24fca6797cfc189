package epicortest

import (
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// otherErp and otherIce are further services of a Kinetic server. They are
// listed, and have metadata and a few rows each, so that a client that reads
// more than it needs is found out.
const otherErp = `ABCCode ACTType AGAFIPResponsibility AGCustoms AGEmissionPoint AGInvoicingPoint AGProvince AGWebServiceConfig APAlcHed APChkGrp APInvGrp 
APInvSearch APLOC APPromNoteGrp APTranSearch ARInvSearch ARInvoiceLoad ARPIStatusChg ARPromissoryNotes ActualCostAllocationWorkbench 
Adjustment1099 AgingRptFmt AlcHed AlcHistory AlertLog AlternatePart ApplyCreditMemo AprvVend AssetClosePeriod AssetImpair AttrWhseGroup 
AutoBankRec BENonAdmExpense BESalesIntracom BankAcct BankBatchPayMethodSrch BankBrnch BankFileImport BankTransactionCode BdnSetActPct 
BookOrd BudgetCode BusEntities CCCountCycle CCHdrSearch CCPeriodDefn CCSheetSearch CNCustomsDeclBillDtlSearch CNCustomsHandbook 
CNGoldenTaxInterface COABookSearch COAPE COARefSegSearch COASegValues COA COMagneticMediaSetup CORevelation CRMComp Capability CartonStage 
CashGrp CashRecSearch CashReceiptAdjustment CheckLst ClosePeriod Code1099 ConfigurationRuntime ConfiguratorDef ConfiguratorRule ConsMonitor 
ConsType Contact ContainerTracking ControlIDExtract CorrectiveAction CostLaborSearch CostWorkBench CountryPortSearch CourseRevisionSearch 
Course CreditCardProcessor CreditManager CrossDock CurrExRate Currency CustBillTo CustContImport CustPriceListSearch CustXPrtSearch 
CustomerPartXRef DMRActnSearch DataCheck DataFix DeliveryType DemandContract DemandImportEntry DemandPartSearch DmdMassGrp Driver DropShip 
DynAttrClass DynAttrValueSetLangDesc DynAttrValue EAD ECOOprSearch ECSalesReport ElectronicInterface EmailTemplate EmpExpenseGroup 
EmpRoleSearch EntityGLC EquipMeter Equip ExtCompany ExtPREmp ExtPRLayout ExtPRPayType ExtPlantSearch FAClass FAMethod FARevalueRegSearch 
FASpreadCode FAssetReg FOB FSAssetClass FSCallCd FSContCd FSContSNSearch FSWarrCd FinReportConfig FiscalCal FiscalYrSearch Form1099 
GLAccountMassDel GLAccount GLAlcHed GLBCOASegmentSearch GLBGLAccount GLBGLBook GLBGLCOARefType GLBookPerSearch GLCOARefAcct GLCTAcctCntxt 
GLCntrl GLCntrlTypeSys GLDailyBalance GLJrnDtl GLJrnSrcSearch GLPurch GLTransMatch GUIGroupSearch GUITaxDeclare GetAmortization GlbAlert 
GlbCurrency GlbForecast GlbPerConSearch GlbVendorSearch HXProjectSearch HelpDeskTopic IDNumbers INGSTR2ReportExport INLUTBond IStatTrn 
ImageDefaultCategory ImageSubCategorySearch ImportGrp ImportSubsid IndClassCodeSearch IndustryClass InspDataTracker InspPlan InspResults 
InternalPartCrossRef IntraStatReport InventoryAdvisor InvoiceReceiptMatch JCDept JPAPPerBillStmt JPPerBillStmt JobAsmSearch JobLogViewer 
JobOperSearch JobProdSearch JobStatus JrnlCode KanbanPartSearch LaborApproval LaborDtlSearch LbrPrjRole LegalNumHistory Lifecycle 
LocationMgmt LockboxLayoutRecordType LogAPInv LogInvGrp LotSelectUpdate MESMenuSearch MPS MXAPPaymentFolioImport MXPACConfiguration 
MXWHTaxCertificate MaintResource Manufacturer MasterPack MeterRead MiscChrg MiscShipToSearch MktgAdv MktgEvnt MktgPub MobileLabor 
MobileUserNotification MrpProc MsgIDCounter NLICPReport NaturalAcctCurrSearch NonConf OpMaster OpText OrderDtlSearch OrderRelPlantSearch 
PAPlan PAWeek PBSchWrkSearch PCIDCustomerSearch PCWarehseSearch PCashDesk PCashOprType PIType POApvMsg PODetailTrackerSearch POSchedule 
POSugg PRClass PREmployee PRTaxDtlSearch PRWrkCmp PackClss Packing ParsingParams PartAllocRuleClass PartAllocTemplate PartClass 
PartCostSearch PartFIFOCost PartPlantSearch PartSched PartTran PartWhseFullSearch PartWipSearch PayMethodSearch PayType PayrollCheckEntry 
PcConData PcECC PcLookupColSetHedSearch PcPropBagDef PerCon Periodicity PickedOrders PkgControlIDGenerator PkgControlJobOutputByPCID 
PkgControlLabelValue PkgControlStation PkgControlTranRouting PkgCtrlOverlayPCIDValidate PlanContract PlantConfCtrl PlantFromSearch 
PlantWhseSearch PostingRulesGLTranType PrefScheme PriceLstGroups PriceLstParts ProdActDay ProdCal ProdGrup ProjChkLstType ProjPhaseSearch 
PropertyValueSearch PurAuthSearch PurTerms QuickEntrySearch QuoteAdt QuoteDtlSearch RFQEntryJobSearch RFQEntry RFQVend RMADtlSearch RateType 
RcvDtlSearch Rebate ReceiptsFromMfg RecurBookListSearch RecurringJournal Region ReminderLetter Replenishment Req ResourceCollection Resource 
RestrictFcts ReviewJrn RoleCd RunGLAllocSearch SOPOLink SaleAuthSearch SalesOrdHedDtl SalesRep SalesTax SchedPri SerialNo ServiceCallCenter 
ServiceContractSearch SetupGrp ShipVia ShopLoad SkipLotCtl Specification StageNo StatUOM SubConShipEntry SubstanceSearch SupplierPart 
TFOrdDtlSearch TWSellerAuthorization Tariff TaskSetSearch TaskStat TaskType TaxAuthorityCd TaxBoxReportConfig TaxCat TaxCertSearch TaxJuris 
TaxResults TaxRptCat TaxSvcConfig TaxValidation TimeType TrackingDtl TranGLCJournal TransOrderReceipt TransferChgSug TransferWorkBench 
UOMSearch UOM USTINValidationResult UserCompSearch VATTax VendBankSearch VendGrup VendPart VoidPRCheck WFGroup WHTPaymentSubmit 
WarehseSearch Wave WhseBin WhseGroup WhseZone WorkStation glaccountmassadd`

const otherIce = `APIKey AccessScope AdminCompany Annotation Attachment AzureADConfig BAQDesigner BAQExtDBSearch BAQExtDsMetadata BpHolds BpMethod ChglogDirectiveSearch 
Company ConversionSet DashBoard DataDiscovery DmsStorageType DynamicQuery ESConfig ESignature ExportPackage ExtServiceRegistration Extension 
GenxData ImportMgmt InfoPromptForm IoTConfig IoTDeviceGroup IoTRule LangOrg LangTran MailLog MemoCat Menu MessageTemplate NamedSearch 
PDFForm PasswordPolicy Plant ProcessSet ProductVersion QueryConversion ReportCriteriaSet ReportStyleSearch ReportType RptStylePrintersList 
SchemaAttribute SecColumn Security SolutionType StructuredOutputDefinition SysActivityTracker SysCubeDef SysPrinter SysTaskAgentRule SysTask 
Theme UD02 UD04 UD06 UD08 UD100 UD102 UD104 UD106 UD108 UD10 UD11 UD13 UD15 UD17 UD19 UD21 UD23 UD25 UD27 UD29 UD31 UD33 UD35 UD37 UD39 
UDMap UserFile XAttachMetaData XFileRef ZDataFieldSearch ZDataTable ZSubDataSet`

// definitions of the services with data of their own.
var definitions = map[string]func(*company) []*entitySet{
	"Erp.BO.CustomerSvc":   (*company).customerSets,
	"Erp.BO.SalesOrderSvc": (*company).orderSets,
	"Erp.BO.QuoteSvc":      (*company).quoteSets,
	"Erp.BO.PartSvc":       (*company).partSets,
	"Erp.BO.JobEntrySvc":   (*company).jobSets,
	"Erp.BO.POSvc":         (*company).purchaseSets,
	"Erp.BO.VendorSvc":     (*company).vendorSets,
	"Erp.BO.ARInvoiceSvc":  (*company).invoiceSets,
	"Erp.BO.APInvoiceSvc":  (*company).payableSets,
	"Erp.BO.CustShipSvc":   (*company).shipmentSets,
	"Erp.BO.ReceiptSvc":    (*company).receiptSets,
	"Erp.BO.LaborSvc":      (*company).laborSets,
	"Erp.BO.PlantSvc":      (*company).plantSets,
	"Erp.BO.WarehseSvc":    (*company).warehouseSets,
	"Erp.BO.EmpBasicSvc":   (*company).employeeSets,
	"Erp.BO.CompanySvc":    (*company).companySets,
	"Ice.BO.UD01Svc":       (*company).userDefinedSets,
	"Ice.BO.UserCodesSvc":  (*company).userCodeSets,
}

// listColumns are what the keyless List set of a service shows of its primary
// set; services not named here show every column that is not computed.
var listColumns = map[string]string{
	"Erp.BO.CustomerSvc":   "Company CustID CustNum Name City State Zip Country TerritoryID TermsCode CreditHold GroupCode PhoneNum CountryNum CustomerType SysRowID RowMod",
	"Erp.BO.SalesOrderSvc": "OpenOrder VoidOrder Company OrderNum CustNum PONum OrderHeld OrderDate DepositBal NeedByDate CurrencyCode SysRowID CustomerName RowMod",
	"Erp.BO.PartSvc":       "Company PartNum SearchWord PartDescription ClassID IUM PUM TypeCode NonStock ProdCode InActive TrackLots SysRowID RowMod",
}

const shipToService = "Erp.BO.ShipToSvc"

// serviceNames lists every service in the order of the service document.
func serviceNames() []string {
	var out []string
	for _, n := range strings.Fields(otherErp) {
		out = append(out, "Erp.BO."+n+"Svc")
	}
	for n := range definitions {
		out = append(out, n)
	}
	for _, n := range strings.Fields(otherIce) {
		out = append(out, "Ice.BO."+n+"Svc")
	}
	return append(out, shipToService, "Ice.Lib.SessionModSvc")
}

// generic is the one set of a service that has no data of its own here.
func generic(service string) func(*company) []*entitySet {
	name := strings.TrimSuffix(service[strings.LastIndexByte(service[:len(service)-3], '.')+1:], "Svc")
	return func(c *company) []*entitySet {
		code := name + "ID"
		if name == "ABCCode" || name == "Carrier" || name == "FOB" { // these bear their type's name
			code = name + "1"
		}
		return []*entitySet{{name: name + "s", table: name, key: "Company " + code, n: 3,
			columns: "Company:s8 " + code + ":s20 Description:s50 InActive:b",
			cells:   cells{code: text(func(i int) string { return string(rune('A' + i)) }), "Description": text(func(i int) string { return name + " " + string(rune('A'+i)) })}}}
	}
}

// schema makes the data of one service of one company, its List set included.
func (s *Server) schema(service string, c *company) (*odatatest.Data, error) {
	sch := &odatatest.Schema{Namespace: service[:len(service)-3], Container: "Container"}
	if strings.HasPrefix(service, "Ice.") {
		sch.Container = "Default"
	}
	var out *odatatest.Data
	if service == shipToService {
		from, err := s.data(c.id, "Erp.BO.CustomerSvc")
		if err != nil {
			return nil, err
		}
		set := *from.Set("ShipToes")
		set.Rows = odatatest.Live{Data: func() *odatatest.Data { return from }, Set: "ShipToes", Columns: columnNames(set.Columns)}
		sch.Sets = append(sch.Sets, &set)
	} else {
		define := definitions[service]
		if define == nil {
			define = generic(service)
		}
		for _, e := range define(c) {
			sch.Sets = append(sch.Sets, e.bind(c))
		}
	}
	sch.Sets = append(sch.Sets, listSet(service, sch.Sets[0], func() *odatatest.Data { return out }))
	sch.Actions = actions(service, sch)
	var err error
	out, err = odatatest.NewData(sch, s.cfg.collation)
	return out, err
}

// actions are the methods of a service as the metadata of v2 lists them.
func actions(service string, sch *odatatest.Schema) []odatatest.Action {
	var out []odatatest.Action
	for _, m := range methods(service) {
		a := odatatest.Action{Name: m.name, Returns: actionType(m.returns, sch.Namespace)}
		for _, f := range strings.Fields(m.in(sch.Sets)) {
			name, typ, _ := strings.Cut(f, ":")
			a.Parameters = append(a.Parameters, odatatest.Parameter{Name: name, Type: actionType(typ, sch.Namespace)})
		}
		out = append(out, a)
	}
	return out
}

func actionType(t, namespace string) string {
	switch t {
	case "", "s":
		return map[string]string{"s": "Edm.String"}[t]
	case "i":
		return "Edm.Int32"
	case "b":
		return "Edm.Boolean"
	case "n":
		return "Edm.Decimal"
	}
	return namespace + ".Tableset"
}

func columnNames(cols []odatatest.Column) []string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.Name
	}
	return out
}

func listSet(service string, primary *odatatest.Set, data func() *odatatest.Data) *odatatest.Set {
	wanted := " " + listColumns[service] + " "
	list := &odatatest.Set{Name: "List", Type: primary.Type + "List", ReadOnly: true}
	for _, c := range primary.Columns {
		if wanted == "  " && !c.Computed || strings.Contains(wanted, " "+c.Name+" ") {
			list.Columns = append(list.Columns, c)
		}
	}
	list.Rows = odatatest.Live{Data: data, Set: primary.Name, Columns: columnNames(list.Columns)}
	return list
}
