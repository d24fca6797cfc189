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
@Table(name = "Customers")
public class Customer {
    @Id
    @Column(name = "Company", length = 8)
    private String company;
    @Id
    @Column(name = "CustNum")
    private Integer custNum;
    @Column(name = "CustID", length = 10)
    private String custID;
    @Column(name = "Name", length = 100)
    private String name;
    @Column(name = "City", length = 50)
    private String city;
    @Column(name = "Country", length = 50)
    private String country;
    @Column(name = "CreditLimit", precision = 18, scale = 5)
    private BigDecimal creditLimit;
    @Column(name = "CreditHold")
    private Boolean creditHold;
    @Column(name = "DiscountPct")
    private Double discountPct;
    @Temporal(TemporalType.DATE)
    @Column(name = "EstDate")
    private Date estDate;
    @Temporal(TemporalType.TIMESTAMP)
    @Column(name = "LastContact")
    private Date lastContact;
    @Convert(converter = GuidText.class)
    @Column(name = "SysRowID")
    private UUID sysRowID;
    @Column(name = "SysRevID")
    private Long sysRevID;
    @Temporal(TemporalType.TIMESTAMP)
    @Column(name = "ChangedAt")
    private Date changedAt;
    @ManyToOne(fetch = FetchType.LAZY)
    @JoinColumn(name = "Company", referencedColumnName = "Company", insertable = false, updatable = false)
    private Company comp;
    @OneToMany(mappedBy = "customer")
    private List<OrderHed> orders;

    public String getCompany() {
        return company;
    }

    public Integer getCustNum() {
        return custNum;
    }

    public String getCustID() {
        return custID;
    }

    public String getName() {
        return name;
    }

    public String getCity() {
        return city;
    }

    public String getCountry() {
        return country;
    }

    public BigDecimal getCreditLimit() {
        return creditLimit;
    }

    public Boolean getCreditHold() {
        return creditHold;
    }

    public Double getDiscountPct() {
        return discountPct;
    }

    public Date getEstDate() {
        return estDate;
    }

    public Date getLastContact() {
        return lastContact;
    }

    public UUID getSysRowID() {
        return sysRowID;
    }

    public Long getSysRevID() {
        return sysRevID;
    }

    public Date getChangedAt() {
        return changedAt;
    }

    public Company getComp() {
        return comp;
    }

    public List<OrderHed> getOrders() {
        return orders;
    }
}
