package epicortest

import (
	"fmt"
	"strconv"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// jobNum: most jobs are numbered, some named by hand, as planners do.
func jobNum(i int) string {
	switch i % 25 {
	case 7:
		return "UNFIRM" + strconv.Itoa(i)
	case 13:
		return "rework-" + strconv.Itoa(i)
	}
	return fmt.Sprintf("%06d-1-1", 2000+i)
}

func (c *company) jobSets() []*entitySet {
	const n = jobCount
	job := func(per int) cell { return text(func(i int) string { return jobNum(i / per) }) }
	return []*entitySet{
		{name: "JobEntries", table: "JobHead", key: "Company JobNum", n: n,
			columns: "Company:s8 JobClosed:b ClosedDate:d? JobComplete:b JobEngineered:b JobReleased:b JobHeld:b JobNum:s14 PartNum:s50 RevisionNum:s12 PartDescription:s1000 ProdQty:n22.8 IUM:s6 StartDate:d? DueDate:d? ReqDueDate:d? Plant:s8 JobFirm:b QtyCompleted:n22.8 CommentText:s0?",
			nav: []odatatest.Navigation{{Name: "JobAsmbls", Target: "JobAsmbls", Many: true, On: pairs("Company", "JobNum")}, {Name: "JobMtls", Target: "JobMtls", Many: true, On: pairs("Company", "JobNum")},
				{Name: "JobOpers", Target: "JobOpers", Many: true, On: pairs("Company", "JobNum")}},
			cells: cells{"JobClosed": truth(func(i int) bool { return i%5 == 0 }), "ClosedDate": day(func(i int) int { return map[bool]int{true: epoch + i*3 + 40, false: -1}[i%5 == 0] }), "JobComplete": truth(func(i int) bool { return i%5 < 2 }),
				"JobEngineered": truth(func(i int) bool { return i%7 != 0 }), "JobReleased": truth(func(i int) bool { return i%7 > 1 }), "JobHeld": truth(func(i int) bool { return i%37 == 0 }), "JobNum": job(1), "PartNum": text(func(i int) string { return c.parts[i%len(c.parts)] }),
				"RevisionNum": among(c.seed+140, "", "A", "B"), "PartDescription": text(func(i int) string { return c.partDescription(i % len(c.parts)) }), "ProdQty": money(8, func(i int) int64 { return int64(i%40+1) * 100000000 }), "IUM": constant("EA"),
				"StartDate": day(func(i int) int { return optional(i, 9, epoch+i*3) }), "DueDate": day(func(i int) int { return optional(i, 9, epoch+i*3+20) }), "ReqDueDate": day(func(i int) int { return epoch + i*3 + 25 }), "Plant": among(c.seed+141, plants...),
				"JobFirm": truth(func(i int) bool { return i%25 != 7 }), "QtyCompleted": money(8, func(i int) int64 { return int64(i%5) * 100000000 }), "CommentText": nullEvery(3, among(c.seed+142, "", "Hot job!", "früh fertig"))}},
		{name: "JobAsmbls", table: "JobAsmbl", key: "Company JobNum AssemblySeq", n: n,
			columns: "Company:s8 JobComplete:b JobNum:s14 AssemblySeq:i PartNum:s50 Description:s1000 QtyPer:n22.8 RequiredQty:n22.8 IUM:s6 TotalCost:n18.5",
			nav:     []odatatest.Navigation{{Name: "JobMtls", Target: "JobMtls", Many: true, On: pairs("Company", "JobNum", "AssemblySeq")}, {Name: "JobOpers", Target: "JobOpers", Many: true, On: pairs("Company", "JobNum", "AssemblySeq")}},
			cells: cells{"JobComplete": truth(func(i int) bool { return i%5 < 2 }), "JobNum": job(1), "PartNum": text(func(i int) string { return c.parts[i%len(c.parts)] }), "Description": text(func(i int) string { return c.partDescription(i % len(c.parts)) }),
				"QtyPer": money(8, func(int) int64 { return 100000000 }), "RequiredQty": money(8, func(i int) int64 { return int64(i%40+1) * 100000000 }), "IUM": constant("EA"), "TotalCost": money(5, func(i int) int64 { return int64(i) * 54321 })}},
		{name: "JobMtls", table: "JobMtl", key: "Company JobNum AssemblySeq MtlSeq", n: n * 3,
			columns: "Company:s8 JobComplete:b IssuedComplete:b JobNum:s14 AssemblySeq:i MtlSeq:i PartNum:s50 Description:s1000 QtyPer:n22.8 RequiredQty:n22.8 IUM:s6 IssuedQty:n22.8 EstUnitCost:n18.5 ReqDate:d? WarehouseCode:s8 BuyIt:b",
			cells: cells{"IssuedComplete": truth(func(i int) bool { return i%2 == 0 }), "JobNum": job(3), "MtlSeq": whole(func(i int) int { return (i%3 + 1) * 10 }), "PartNum": among(c.seed+143, c.parts...), "Description": c.lineDescription(),
				"QtyPer": money(8, func(i int) int64 { return int64(i%9+1) * 12500000 }), "RequiredQty": money(8, func(i int) int64 { return int64(i%9+1) * 250000000 }), "IUM": among(c.seed+144, "EA", "KG", "M"), "IssuedQty": money(8, func(i int) int64 { return int64(i%2) * 250000000 }),
				"EstUnitCost": money(5, func(i int) int64 { return int64(i%100) * 31415 }), "ReqDate": day(func(i int) int { return optional(i, 10, epoch+i) }), "WarehouseCode": among(c.seed+145, warehouses...), "BuyIt": truth(func(i int) bool { return i%8 == 0 })}},
		{name: "JobOpers", table: "JobOper", key: "Company JobNum AssemblySeq OprSeq", n: n * 2,
			columns: "Company:s8 JobComplete:b OpComplete:b JobNum:s14 AssemblySeq:i OprSeq:i OpCode:s8 EstSetHours:n9.2 EstProdHours:n9.2 ProdStandard:n15.6 StdFormat:s2 QtyCompleted:n22.8 ActProdHours:n9.2 DueDate:d?",
			cells: cells{"OpComplete": truth(func(i int) bool { return i%3 == 0 }), "JobNum": job(2), "OprSeq": whole(func(i int) int { return (i%2 + 1) * 10 }), "OpCode": among(c.seed+146, "CUT", "WELD", "PAINT", "INSP"), "EstSetHours": money(2, func(i int) int64 { return int64(i%8) * 25 }),
				"EstProdHours": money(2, func(i int) int64 { return int64(i%90) * 50 }), "ProdStandard": money(6, func(i int) int64 { return int64(i%11) * 1500000 }), "StdFormat": constant("HP"), "QtyCompleted": money(8, func(i int) int64 { return int64(i%5) * 100000000 }),
				"ActProdHours": money(2, func(i int) int64 { return int64(i%70) * 33 }), "DueDate": day(func(i int) int { return optional(i, 7, epoch+i) })}},
	}
}

func (c *company) laborSets() []*entitySet {
	const n = 240
	return []*entitySet{
		{name: "Labors", table: "LaborHed", key: "Company LaborHedSeq", n: n,
			columns: "Company:s8 EmployeeNum:s8 LaborHedSeq:i PayrollDate:d? Shift:i ClockInDate:d? ClockInTime:n5.2 ActualClockinDate:d? PayHours:n8.2 ActiveTrans:b",
			nav:     []odatatest.Navigation{{Name: "LaborDtls", Target: "LaborDtls", Many: true, On: pairs("Company", "LaborHedSeq")}},
			cells: cells{"EmployeeNum": text(func(i int) string { return strconv.Itoa(100 + i%10) }), "LaborHedSeq": whole(func(i int) int { return i + 1 }), "PayrollDate": day(func(i int) int { return epoch + i/10 }), "Shift": whole(func(i int) int { return i%3 + 1 }),
				"ClockInDate": day(func(i int) int { return epoch + i/10 }), "ClockInTime": money(2, func(i int) int64 { return 600 + int64(i%8)*25 }), "PayHours": money(2, func(i int) int64 { return 700 + int64(i%5)*25 }), "ActiveTrans": truth(func(i int) bool { return i > 235 })}},
		{name: "LaborDtls", table: "LaborDtl", key: "Company LaborHedSeq LaborDtlSeq", n: n * 2,
			columns: "Company:s8 EmployeeNum:s8 LaborHedSeq:i LaborDtlSeq:i LaborType:s1 JobNum:s14 AssemblySeq:i OprSeq:i LaborHrs:n8.2 BurdenHrs:n8.2 LaborQty:n20.8 ScrapQty:n20.8 LaborNote:s0? ClockInDate:d? LaborRate:n9.2",
			cells: cells{"EmployeeNum": text(func(i int) string { return strconv.Itoa(100 + i/2%10) }), "LaborHedSeq": whole(func(i int) int { return i/2 + 1 }), "LaborDtlSeq": whole(func(i int) int { return i + 1 }), "LaborType": among(c.seed+150, "P", "S", "I"),
				"JobNum": text(func(i int) string { return jobNum(i % jobCount) }), "OprSeq": whole(func(i int) int { return (i%2 + 1) * 10 }), "LaborHrs": money(2, func(i int) int64 { return int64(i%32) * 25 }), "BurdenHrs": money(2, func(i int) int64 { return int64(i%32) * 25 }),
				"LaborQty": money(8, func(i int) int64 { return int64(i%12) * 100000000 }), "LaborNote": nullEvery(3, constant("")), "ClockInDate": day(func(i int) int { return epoch + i/20 }), "LaborRate": money(2, func(i int) int64 { return 2500 + int64(i%10)*125 })}},
	}
}

// small sets of master data

func (c *company) plantSets() []*entitySet {
	return []*entitySet{{name: "Plants", table: "Plant", key: "Company Plant1", n: len(plants), columns: "Company:s8 Plant1:s8 Name:s30 City:s50 Country:s50 PlantCostID:s8 TimeZoneName:s60",
		cells: cells{"Plant1": text(func(i int) string { return plants[i] }), "Name": text(func(i int) string { return "Site " + plants[i] }), "City": text(func(i int) string { return cityNames[i] }), "Country": text(func(i int) string { return countries[i] }), "PlantCostID": constant("1")}}}
}

func (c *company) warehouseSets() []*entitySet {
	return []*entitySet{{name: "Warehses", table: "Warehse", key: "Company WarehouseCode", n: len(warehouses), columns: "Company:s8 WarehouseCode:s8 Description:s30 Plant:s8 City:s50",
		cells: cells{"WarehouseCode": text(func(i int) string { return warehouses[i] }), "Description": text(func(i int) string { return "Warehouse " + warehouses[i] }), "Plant": text(func(i int) string { return plants[i%3] }), "City": text(func(i int) string { return cityNames[i] })}}}
}

func (c *company) employeeSets() []*entitySet {
	return []*entitySet{{name: "EmpBasics", table: "EmpBasic", key: "Company EmpID", n: 10, columns: "Company:s8 EmpID:s8 Name:s50 FirstName:s50 LastName:s50 EmpStatus:s1 LaborRate:n9.2 Shift:i SupervisorID:s8 EMailAddress:s50?",
		cells: cells{"EmpID": text(func(i int) string { return strconv.Itoa(100 + i) }), "Name": text(func(i int) string { return employees[i] }), "EmpStatus": constant("A"), "LaborRate": money(2, func(i int) int64 { return 2500 + int64(i)*125 }), "Shift": whole(func(i int) int { return i%3 + 1 }),
			"SupervisorID": text(func(i int) string { return map[bool]string{true: "", false: "100"}[i == 0] })}}}
}

func (c *company) companySets() []*entitySet {
	return []*entitySet{{name: "Companies", table: "Company", key: "Company1", n: 1, columns: "Company1:s8 Name:s50 Address1:s50 City:s50 State:s50 Zip:s10 Country:s50 CurrencyCode:s4 FiscalYearStart:d? TaxID:s20",
		cells: cells{"Company1": constant(c.id), "Name": constant(c.name), "City": constant("Minneapolis"), "Country": constant("USA"), "CurrencyCode": constant("USD"), "FiscalYearStart": day(func(int) int { return epoch })}}}
}

func (c *company) userDefinedSets() []*entitySet {
	list, cs := "Company:s8 Key1:s50 Key2:s50 Key3:s50 Key4:s50 Key5:s50", cells{
		"Key1": text(func(i int) string { return "K" + strconv.Itoa(i/3) }), "Key2": text(func(i int) string { return []string{"", "a", "A"}[i%3] }),
		"Character01": text(func(i int) string { return "Text " + strconv.Itoa(i) }), "Number01": money(9, func(i int) int64 { return int64(i) * 1234567891 }), "Date01": day(func(i int) int { return optional(i, 4, epoch+i) }),
		"CheckBox01": truth(func(i int) bool { return i%2 == 0 }), "ShortChar01": among(c.seed+160, "x", "y", "ß"), "Number20": money(9, func(i int) int64 { return -int64(i) })}
	for i := 1; i <= 10; i++ {
		list += fmt.Sprintf(" Character%02d:s0", i)
	}
	for _, f := range []string{"Number%02d:n22.9", "Date%02d:d?", "CheckBox%02d:b", "ShortChar%02d:s50"} {
		for i := 1; i <= 20; i++ {
			list += fmt.Sprintf(" "+f, i)
		}
	}
	return []*entitySet{{name: "UD01s", table: "UD01", key: "Company Key1 Key2 Key3 Key4 Key5", n: 60, columns: list + " GlobalUD01:b GlobalLock:b", cells: cs}}
}

func (c *company) userCodeSets() []*entitySet {
	types := []string{"COLOR", "FINISH", "Region"}
	return []*entitySet{
		{name: "UserCodes", table: "UDCodeType", key: "Company CodeTypeID", n: 3, columns: "Company:s8 CodeTypeID:s10 CodeTypeDesc:s30 AllowEdit:b IsSystem:b!",
			nav:   []odatatest.Navigation{{Name: "UDCodes", Target: "UDCodes", Many: true, On: pairs("Company", "CodeTypeID")}},
			cells: cells{"CodeTypeID": text(func(i int) string { return types[i] }), "CodeTypeDesc": text(func(i int) string { return types[i] + " codes" }), "AllowEdit": truth(func(int) bool { return true })}},
		{name: "UDCodes", table: "UDCodes", key: "Company CodeTypeID CodeID", n: 15, columns: "Company:s8 CodeTypeID:s10 CodeID:s20 CodeDesc:s30 LongDesc:s0? IsActive:b",
			cells: cells{"CodeTypeID": text(func(i int) string { return types[i/5] }), "CodeID": text(func(i int) string { return fmt.Sprintf("%c%d", 'A'+i%5, i) }), "CodeDesc": text(func(i int) string { return "Code " + strconv.Itoa(i) }), "IsActive": truth(func(i int) bool { return i%4 != 0 })}},
	}
}
