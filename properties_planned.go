package epicorerp

const (
	laterLogRoll    = "the log is one file; let logrotate or the like roll it"
	laterCache      = "there is no cache of rows; each query asks the server"
	laterSharePoint = "there is no SharePoint sign-in; of the ways to sign in, Basic, Digest, NTLM, Negotiate, Bearer, the flows of OAuth and None are there for OData"
	laterWrites     = "it shapes writes, and tables are read-only"
	ownPool         = "database/sql pools connections itself"
)

var cachingProperties = []Property{
	{
		Name: "AutoCache", Group: "Caching", Type: TypeBool, Status: NotYet, inert: []string{"false"},
		Reason: laterCache, Meaning: "Keep the rows of queries in a local database and answer from it.",
	},
	{
		Name: "CacheDriver", Group: "Caching", Type: TypeString, Status: NotYet,
		Reason: laterCache, Meaning: "Driver of the cache database.",
	},
	{
		Name: "CacheProvider", Group: "Caching", Type: TypeString, Status: NotYet,
		Reason: laterCache, Meaning: "Provider of the cache database.",
	},
	{
		Name: "CacheConnection", Group: "Caching", Type: TypeString, Secret: true, Status: NotYet,
		Reason: laterCache, Meaning: "Connection string of the cache database.",
	},
	{
		Name: "CacheLocation", Group: "Caching", Type: TypeString, Status: NotYet,
		Reason: laterCache, Meaning: "Directory of the cache.",
	},
	{
		Name: "CacheTolerance", Group: "Caching", Type: TypeSeconds, Status: NotYet, inert: []string{"600"},
		Reason: laterCache, Meaning: "Age up to which cached rows are an answer.",
	},
	{
		Name: "Offline", Group: "Caching", Type: TypeBool, Status: NotYet, inert: []string{"false"},
		Reason: laterCache, Meaning: "Answer from the cache only.",
	},
	{
		Name: "CacheMetadata", Group: "Caching", Type: TypeBool, Status: NotYet, inert: []string{"false"},
		Reason: "metadata is kept in memory, for as long as its sql.DB is open", Meaning: "Keep metadata on disk.",
	},
}

var poolingProperties = []Property{
	{
		Name: "UseConnectionPooling", Group: "Pooling", Type: TypeBool, Status: NoEffect,
		Reason: ownPool + ", and a connection costs nothing to open; SetMaxIdleConns(-1) turns the pool off", Meaning: "Keep connections for reuse.",
	},
	{
		Name: "PoolMaxSize", Group: "Pooling", Type: TypeInt, Status: Refused, inert: []string{"100"},
		Reason: ownPool + "; call SetMaxOpenConns of sql.DB", Meaning: "Most connections in the pool.",
	},
	{
		Name: "PoolMinSize", Group: "Pooling", Type: TypeInt, Status: Refused, inert: []string{"1"},
		Reason: ownPool + "; call SetMaxIdleConns of sql.DB", Meaning: "Fewest connections in the pool.",
	},
	{
		Name: "PoolIdleTimeout", Group: "Pooling", Type: TypeSeconds, Status: Refused, inert: []string{"60"},
		Reason: ownPool + "; call SetConnMaxIdleTime of sql.DB", Meaning: "Time after which an idle connection is closed.",
	},
	{
		Name: "PoolWaitTime", Group: "Pooling", Type: TypeSeconds, Status: Refused, inert: []string{"60"},
		Reason: ownPool + "; give the query's context a deadline", Meaning: "Time to wait for a free connection.",
	},
	{
		Name: "ConnectionLifeTime", Group: "Pooling", Type: TypeSeconds, Status: Refused, inert: []string{"0"},
		Reason: ownPool + "; call SetConnMaxLifetime of sql.DB", Meaning: "Time after which a connection is closed.",
	},
}

var odataProperties = []Property{
	{
		Name: "ODataVersion", Group: "OData", Type: TypeEnum, Allowed: []string{"AUTO", "2.0", "3.0", "4.0", "4.01"}, Default: "AUTO", Status: Supported,
		Providers: onlyOData, at: func(c *Config) any { return &c.ODataVersion },
		Meaning: "Version of OData that the service speaks; AUTO reads it from the metadata.",
	},
	{
		Name: "DataFormat", Group: "OData", Type: TypeEnum, Allowed: []string{"AUTO", "JSON", "ATOM"}, Default: "AUTO", Status: Supported,
		Providers: onlyOData, at: func(c *Config) any { return &c.DataFormat },
		Meaning: "Format of answers; AUTO asks for JSON, and for Atom where the service has no JSON.",
	},
	{
		Name: "ODataCapabilities", Group: "OData", Type: TypeList, Status: Supported,
		Providers: onlyOData, at: func(c *Config) any { return &c.ODataCapabilities },
		Meaning: "What the service may be asked for: filter, orderby, top, skip, count, select, expand, search, query, batch, keyset, apply, in, any, has, and the functions of $filter, such as contains; docs/providers/odata.md tells them all. Words alone are all that is asked for, and are taken for granted; -word leaves one out and +word adds one to what is asked for anyway, which the driver tries on the service before it relies on it.",
	},
	{
		Name: "NavigationPropertiesAsViews", Group: "OData", Type: TypeBool, Default: "true", Status: Supported,
		Providers: onlyOData, at: func(c *Config) any { return &c.NavigationPropertiesAsViews },
		Meaning: "Show the collections inside of entities as views Parent_Collection: related and contained entities, complex and plain values.",
	},
	{
		Name: "SupportsExpand", Group: "OData", Type: TypeBool, Default: "true", Status: Supported,
		Providers: onlyOData, at: func(c *Config) any { return &c.SupportsExpand },
		Meaning: "Whether the service may be asked to $expand; where it may not, the views of related entities are not there.",
	},
	{
		Name: "StoredProceduresAsViews", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: "functions are not listed as views", Meaning: "Show functions that return entities as views.",
	},
	{
		Name: "MaxFilterLength", Group: "OData", Type: TypeInt, Status: NotYet, Providers: onlyOData, inert: []string{"-1"},
		Reason: "MaxURLLength bounds the request as a whole", Meaning: "Longest $filter.",
	},
	{
		Name: "MaxSelectLength", Group: "OData", Type: TypeInt, Status: NotYet, Providers: onlyOData, inert: []string{"-1"},
		Reason: "MaxURLLength bounds the request as a whole", Meaning: "Longest $select; 0 never sends one.",
	},
	{
		Name: "UseClientSidePaging", Group: "OData", Type: TypeBool, Status: NoEffect, Providers: onlyOData,
		Reason: "next links are followed where the service sends them, and $top and conditions on the key or $skip do the rest where it does not", Meaning: "Page with $top and $skip.",
	},
	{
		Name: "UseEtags", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"true"},
		Reason: laterWrites, Meaning: "Send ETags with writes.",
	},
	{
		Name: "UseIdUrl", Group: "OData", Type: TypeBool, Status: Refused, Providers: onlyOData, inert: []string{"false"},
		Reason: "rows are named by the key columns that the metadata tell", Meaning: "Take the entity's URL as its key.",
	},
	{
		Name: "UseSimpleNames", Group: "OData", Type: TypeBool, Default: "false", Status: Supported,
		Providers: onlyOData, at: func(c *Config) any { return &c.UseSimpleNames },
		Meaning: "Make the names of schemas, tables, columns, procedures and parameters of letters, digits and underscores alone, so that none needs quotes; what would then be called the same is numbered.",
	},
	{
		Name: "DecodeXMLNames", Group: "OData", Type: TypeBool, Default: "true", Status: Supported,
		Providers: onlyOData, at: func(c *Config) any { return &c.DecodeXMLNames },
		Meaning: "Show _x0020_ and the like in names as the characters that they stand for: Order_x0020_Date as \"Order Date\".",
	},
	{
		Name: "ExpandAsterisk", Group: "OData", Type: TypeBool, Status: NoEffect, Providers: onlyOData,
		Reason: "SELECT * gives the same columns with $select or without; it is sent where some of them are not wanted", Meaning: "Whether SELECT * names every column in $select.",
	},
	{
		Name: "ExcludeControlInformationRootType", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData,
		Reason: laterWrites, Meaning: "Leave the root type out of written entities.",
	},
	{
		Name: "IncludeNavigationParentColumns", Group: "OData", Type: TypeBool, Status: Refused, Providers: onlyOData, inert: []string{"false"},
		Reason: "the views have their parent's key; join the parent by it", Meaning: "Show the parent's columns in navigation views.",
	},
	{
		Name: "IncludeReferenceColumn", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: laterWrites, Meaning: "Add a column by which inserted rows refer to their parent.",
	},
	{
		Name: "AllowNavigationDisassociation", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: laterWrites, Meaning: "Let DELETE from a navigation view take entities apart.",
	},
	{
		Name: "AllowResourceUrl", Group: "OData", Type: TypeBool, Status: Refused, Providers: onlyOData, inert: []string{"false"},
		Reason: "a table needs the types and the key that the metadata tell; FeedURL takes the address of an entity set", Meaning: "Take a URL as a table's name.",
	},
	{
		Name: "BatchSize", Group: "OData", Type: TypeInt, Status: NotYet, inert: []string{"0"},
		Reason: laterWrites, Meaning: "Writes in one request; 0 for all.",
	},
	{
		Name: "ContinueOnError", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: laterWrites, Meaning: "Go on with a batch after a write that failed.",
	},
	{
		Name: "EnableAtomicBatchOperations", Group: "OData", Type: TypeBool, Status: NotYet, Providers: onlyOData, inert: []string{"false"},
		Reason: laterWrites, Meaning: "Write a batch wholly or not at all.",
	},
}

var miscProperties = []Property{
	{
		Name: "Other", Group: "Miscellaneous", Type: TypeString, Status: Supported,
		at:      func(c *Config) any { return &c.Other },
		Meaning: "Hidden switches of commercial drivers as name=value;name=value, the whole in quotes. Only those are accepted that ask for what is so anyway: SupportEnhancedSQL=true, ConvertDateTimeToGMT=false.",
	},
	{
		Name: "SupportEnhancedSQL", Group: "Miscellaneous", Type: TypeBool, Status: Refused, inert: []string{"true"},
		Reason: "the engine always does what the server cannot; Readonly, MaxRows and MaxMemory bound it", Meaning: "Do in the driver what the server cannot.",
	},
	{
		Name: "RTK", Group: "Miscellaneous", Type: TypeString, Secret: true, Status: Refused,
		Reason: "no licence key is needed; remove it", Meaning: "Run-time licence key of commercial drivers.",
	},
	{
		Name: "Driver", Group: "Miscellaneous", Type: TypeString, Status: NoEffect,
		Reason: "it names the driver for an ODBC manager, and this driver was chosen already", Meaning: "Driver that an ODBC manager loads.",
	},
	{
		Name: "DSN", Group: "Miscellaneous", Type: TypeString, Status: Refused,
		Reason: "data sources of an ODBC manager are not read; write their properties out", Meaning: "Data source of an ODBC manager.",
	},
}
