package erp;

import java.math.BigDecimal;
import java.util.Date;
import java.util.UUID;

import javax.persistence.Column;
import javax.persistence.Convert;
import javax.persistence.Entity;
import javax.persistence.FetchType;
import javax.persistence.Id;
import javax.persistence.JoinColumn;
import javax.persistence.ManyToOne;
import javax.persistence.Table;
import javax.persistence.Temporal;
import javax.persistence.TemporalType;

@Entity
@Table(name = "Invoices")
public class Invoice {
    @Id
    @Convert(converter = GuidText.class)
    @Column(name = "ID")
    private UUID ID;
    @Column(name = "Company", length = 8)
    private String company;
    @Column(name = "InvoiceNum")
    private Long invoiceNum;
    @Column(name = "CustNum")
    private Integer custNum;
    @Column(name = "OrderNum")
    private Integer orderNum;
    @Temporal(TemporalType.DATE)
    @Column(name = "InvoiceDate")
    private Date invoiceDate;
    @Temporal(TemporalType.DATE)
    @Column(name = "DueDate")
    private Date dueDate;
    @Temporal(TemporalType.TIMESTAMP)
    @Column(name = "PostedAt")
    private Date postedAt;
    @Column(name = "InvoiceAmt", precision = 15, scale = 2)
    private BigDecimal invoiceAmt;
    @Column(name = "InvoiceBal", precision = 15, scale = 2)
    private BigDecimal invoiceBal;
    @Column(name = "Paid")
    private Boolean paid;
    @Column(name = "FiscalPeriod")
    private Short fiscalPeriod;
    @Column(name = "Notes", length = 500)
    private String notes;
    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "Company", referencedColumnName = "Company", insertable = false, updatable = false)
    @JoinColumn(name = "CustNum", referencedColumnName = "CustNum", insertable = false, updatable = false)
    private Customer customer;

    public UUID getID() {
        return ID;
    }

    public String getCompany() {
        return company;
    }

    public Long getInvoiceNum() {
        return invoiceNum;
    }

    public Integer getCustNum() {
        return custNum;
    }

    public Integer getOrderNum() {
        return orderNum;
    }

    public Date getInvoiceDate() {
        return invoiceDate;
    }

    public Date getDueDate() {
        return dueDate;
    }

    public Date getPostedAt() {
        return postedAt;
    }

    public BigDecimal getInvoiceAmt() {
        return invoiceAmt;
    }

    public BigDecimal getInvoiceBal() {
        return invoiceBal;
    }

    public Boolean getPaid() {
        return paid;
    }

    public Short getFiscalPeriod() {
        return fiscalPeriod;
    }

    public String getNotes() {
        return notes;
    }

    public Customer getCustomer() {
        return customer;
    }
}
