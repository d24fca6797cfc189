package erp;

import java.util.Date;
import java.util.List;

import javax.persistence.Column;
import javax.persistence.Entity;
import javax.persistence.Id;
import javax.persistence.OneToMany;
import javax.persistence.Table;
import javax.persistence.Temporal;
import javax.persistence.TemporalType;

@Entity
@Table(name = "Companies")
public class Company {
    @Id
    @Column(name = "Company", length = 8)
    private String company;
    @Column(name = "Name", length = 100)
    private String name;
    @Column(name = "CurrencyCode", length = 4)
    private String currencyCode;
    @Column(name = "Active")
    private Boolean active;
    @Temporal(TemporalType.DATE)
    @Column(name = "Founded")
    private Date founded;
    @OneToMany(mappedBy = "comp")
    private List<Customer> customers;

    public String getCompany() {
        return company;
    }

    public String getName() {
        return name;
    }

    public String getCurrencyCode() {
        return currencyCode;
    }

    public Boolean getActive() {
        return active;
    }

    public Date getFounded() {
        return founded;
    }

    public List<Customer> getCustomers() {
        return customers;
    }
}
