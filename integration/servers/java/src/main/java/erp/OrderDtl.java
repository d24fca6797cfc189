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
@Table(name = "OrderDtl")
public class OrderDtl {
    @Id
    @Column(name = "Company", length = 8)
    private String company;
    @Id
    @Column(name = "OrderNum")
    private Integer orderNum;
    @Id
    @Column(name = "OrderLine")
    private Integer orderLine;
    @Column(name = "PartNum", length = 50)
    private String partNum;
    @Column(name = "LineDesc", length = 200)
    private String lineDesc;
    @Column(name = "OrderQty", precision = 22, scale = 8)
    private BigDecimal orderQty;
    @Column(name = "UnitPrice", precision = 17, scale = 5)
    private BigDecimal unitPrice;
    @Column(name = "ExtPrice", precision = 19, scale = 4)
    private BigDecimal extPrice;
    @Column(name = "Discount")
    private Double discount;
    @Temporal(TemporalType.DATE)
    @Column(name = "NeedByDate")
    private Date needByDate;
    @Column(name = "VoidLine")
    private Boolean voidLine;
    @Convert(converter = GuidText.class)
    @Column(name = "SysRowID")
    private UUID sysRowID;
    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "Company", referencedColumnName = "Company", insertable = false, updatable = false)
    @JoinColumn(name = "OrderNum", referencedColumnName = "OrderNum", insertable = false, updatable = false)
    private OrderHed head;
    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "Company", referencedColumnName = "Company", insertable = false, updatable = false)
    @JoinColumn(name = "PartNum", referencedColumnName = "PartNum", insertable = false, updatable = false)
    private Part part;

    public String getCompany() {
        return company;
    }

    public Integer getOrderNum() {
        return orderNum;
    }

    public Integer getOrderLine() {
        return orderLine;
    }

    public String getPartNum() {
        return partNum;
    }

    public String getLineDesc() {
        return lineDesc;
    }

    public BigDecimal getOrderQty() {
        return orderQty;
    }

    public BigDecimal getUnitPrice() {
        return unitPrice;
    }

    public BigDecimal getExtPrice() {
        return extPrice;
    }

    public Double getDiscount() {
        return discount;
    }

    public Date getNeedByDate() {
        return needByDate;
    }

    public Boolean getVoidLine() {
        return voidLine;
    }

    public UUID getSysRowID() {
        return sysRowID;
    }

    public OrderHed getHead() {
        return head;
    }

    public Part getPart() {
        return part;
    }
}
