package erp;

import java.math.BigDecimal;
import java.util.Date;
import java.util.List;
import java.util.UUID;

import javax.persistence.Column;
import javax.persistence.Convert;
import javax.persistence.Entity;
import javax.persistence.FetchType;
import javax.persistence.Id;
import javax.persistence.JoinColumn;
import javax.persistence.ManyToOne;
import javax.persistence.OneToMany;
import javax.persistence.Table;
import javax.persistence.Temporal;
import javax.persistence.TemporalType;

@Entity
@Table(name = "OrderHed")
public class OrderHed {
    @Id
    @Column(name = "Company", length = 8)
    private String company;
    @Id
    @Column(name = "OrderNum")
    private Integer orderNum;
    @Column(name = "CustNum")
    private Integer custNum;
    @Column(name = "PONum", length = 50)
    private String pONum;
    @Temporal(TemporalType.DATE)
    @Column(name = "OrderDate")
    private Date orderDate;
    @Temporal(TemporalType.DATE)
    @Column(name = "RequestDate")
    private Date requestDate;
    @Temporal(TemporalType.TIME)
    @Column(name = "EntryTime")
    private Date entryTime;
    @Temporal(TemporalType.TIMESTAMP)
    @Column(name = "CreatedOn")
    private Date createdOn;
    @Temporal(TemporalType.TIMESTAMP)
    @Column(name = "ChangedAt")
    private Date changedAt;
    @Column(name = "OpenOrder")
    private Boolean openOrder;
    @Column(name = "VoidOrder")
    private Boolean voidOrder;
    @Column(name = "Status", length = 12)
    private String status;
    @Column(name = "OrderPriority")
    private Integer orderPriority;
    @Column(name = "OrderAmt", precision = 19, scale = 4)
    private BigDecimal orderAmt;
    @Column(name = "ExchangeRate", precision = 20, scale = 10)
    private BigDecimal exchangeRate;
    @Column(name = "SysRevID")
    private Long sysRevID;
    @Column(name = "Channel")
    private Short channel;
    @Column(name = "Flags")
    private Short flags;
    @Column(name = "Comment", length = 4000)
    private String comment;
    @Convert(converter = GuidText.class)
    @Column(name = "SysRowID")
    private UUID sysRowID;
    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "Company", referencedColumnName = "Company", insertable = false, updatable = false)
    @JoinColumn(name = "CustNum", referencedColumnName = "CustNum", insertable = false, updatable = false)
    private Customer customer;
    @OneToMany(mappedBy = "head")
    private List<OrderDtl> lines;

    public String getCompany() {
        return company;
    }

    public Integer getOrderNum() {
        return orderNum;
    }

    public Integer getCustNum() {
        return custNum;
    }

    public String getPONum() {
        return pONum;
    }

    public Date getOrderDate() {
        return orderDate;
    }

    public Date getRequestDate() {
        return requestDate;
    }

    public Date getEntryTime() {
        return entryTime;
    }

    public Date getCreatedOn() {
        return createdOn;
    }

    public Date getChangedAt() {
        return changedAt;
    }

    public Boolean getOpenOrder() {
        return openOrder;
    }

    public Boolean getVoidOrder() {
        return voidOrder;
    }

    public String getStatus() {
        return status;
    }

    public Integer getOrderPriority() {
        return orderPriority;
    }

    public BigDecimal getOrderAmt() {
        return orderAmt;
    }

    public BigDecimal getExchangeRate() {
        return exchangeRate;
    }

    public Long getSysRevID() {
        return sysRevID;
    }

    public Short getChannel() {
        return channel;
    }

    public Short getFlags() {
        return flags;
    }

    public String getComment() {
        return comment;
    }

    public UUID getSysRowID() {
        return sysRowID;
    }

    public Customer getCustomer() {
        return customer;
    }

    public List<OrderDtl> getLines() {
        return lines;
    }
}
