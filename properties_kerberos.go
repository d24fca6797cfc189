package epicorerp

// kerberosProperties are those of AuthScheme=Negotiate.
var kerberosProperties = []Property{
	{
		Name: "KerberosKDC", Group: "Kerberos", Type: TypeString, Status: Supported, Providers: onlyOData,
		at:      func(c *Config) any { return &c.KerberosKDC },
		Meaning: "Key distribution centre of the user's realm: host or host:port. Left out, the system's krb5.conf (KRB5_CONFIG, /etc/krb5.conf) tells.",
	},
	{
		Name: "KerberosRealm", Group: "Kerberos", Type: TypeString, Status: Supported, Providers: onlyOData,
		at:      func(c *Config) any { return &c.KerberosRealm },
		Meaning: "Realm of the user, for instance CORP.EXAMPLE.COM. Left out, what stands behind the @ of User, in capitals, or the default realm of the system's krb5.conf.",
	},
	{
		Name: "KerberosServiceKDC", Group: "Kerberos", Type: TypeString, Status: Supported, Providers: onlyOData,
		at:      func(c *Config) any { return &c.KerberosServiceKDC },
		Meaning: "Key distribution centre of KerberosServiceRealm, where that is another realm than the user's.",
	},
	{
		Name: "KerberosServiceRealm", Group: "Kerberos", Type: TypeString, Status: Supported, Providers: onlyOData,
		at:      func(c *Config) any { return &c.KerberosServiceRealm },
		Meaning: "Realm of the service, where it is another than the user's.",
	},
	{
		Name: "KerberosSPN", Group: "Kerberos", Type: TypeString, Status: Supported, Providers: onlyOData,
		at:      func(c *Config) any { return &c.KerberosSPN },
		Meaning: "Service principal name, for instance HTTP/erp.corp.example.com; HTTP/ and the URL's host when left out.",
	},
	{
		Name: "KerberosKeytabFile", Group: "Kerberos", Type: TypeString, Status: Supported, Providers: onlyOData,
		at:      func(c *Config) any { return &c.KerberosKeytabFile },
		Meaning: "Keytab file with the user's key, in place of Password.",
	},
	{
		Name: "KerberosTicketCache", Group: "Kerberos", Type: TypeString, Status: Supported, Providers: onlyOData,
		at:      func(c *Config) any { return &c.KerberosTicketCache },
		Meaning: "Ticket cache file, as kinit writes it, in place of User and Password. It is read again when its ticket has run out.",
	},
	{
		Name: "SharePointUseSSO", Group: "Kerberos", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: laterSharePoint, Meaning: "Single sign-on to SharePoint.",
	},
	{
		Name: "SharePointSSODomain", Group: "Kerberos", Type: TypeString, Status: NotYet, Providers: onlyOData,
		Reason: laterSharePoint, Meaning: "Domain of SharePoint's single sign-on.",
	},
}
