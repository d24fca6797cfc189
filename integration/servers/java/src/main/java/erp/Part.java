package erp;

import java.math.BigDecimal;
import java.util.Date;
import java.util.UUID;

import javax.persistence.Column;
import javax.persistence.Convert;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.Table;
import javax.persistence.Temporal;
import javax.persistence.TemporalType;

@Entity
@Table(name = "Parts")
public class Part {
    @Id
    @Column(name = "Company", length = 8)
    private String company;
    @Id
    @Column(name = "PartNum", length = 50)
    private String partNum;
    @Column(name = "Description", length = 200)
    private String description;
    @Column(name = "TypeCode", length = 1)
    private String typeCode;
    @Column(name = "UnitPrice", precision = 17, scale = 5)
    private BigDecimal unitPrice;
    @Column(name = "NetWeight")
    private Double netWeight;
    @Column(name = "NonStock")
    private Boolean nonStock;
    @Column(name = "Inactive")
    private Boolean inactive;
    @Column(name = "OnHandQty", precision = 22, scale = 8)
    private BigDecimal onHandQty;
    @Temporal(TemporalType.TIMESTAMP)
    @Column(name = "CreatedOn")
    private Date createdOn;
    @Column(name = "Thumb")
    private byte[] thumb;
    @Convert(converter = GuidText.class)
    @Column(name = "SysRowID")
    private UUID sysRowID;

    public String getCompany() {
        return company;
    }

    public String getPartNum() {
        return partNum;
    }

    public String getDescription() {
        return description;
    }

    public String getTypeCode() {
        return typeCode;
    }

    public BigDecimal getUnitPrice() {
        return unitPrice;
    }

    public Double getNetWeight() {
        return netWeight;
    }

    public Boolean getNonStock() {
        return nonStock;
    }

    public Boolean getInactive() {
        return inactive;
    }

    public BigDecimal getOnHandQty() {
        return onHandQty;
    }

    public Date getCreatedOn() {
        return createdOn;
    }

    public byte[] getThumb() {
        return thumb;
    }

    public UUID getSysRowID() {
        return sysRowID;
    }
}
