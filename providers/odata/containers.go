package odata

import "strings"

// V2 and V3 know several entity containers in a service. One is the default; what
// is in another is addressed as Container.Set (OData 2.0 URI Conventions, section
// 3.1). V4 has one container.

// telling finds out how the sets of each container are addressed, and gives those
// whose name a set of the same schema has already that of their container before
// their own.
func (d *document) telling() {
	isDefault := func(c *container) bool { return strings.EqualFold(c.Default, "true") }
	taken := map[string]bool{}
	some := false
	for i := range d.containers {
		c := &d.containers[i]
		if !isDefault(c) {
			continue
		}
		some = true
		for _, s := range c.Sets {
			taken[strings.ToLower(c.namespace+"."+s.Name)] = true
		}
	}
	if d.version == V4 || !some || len(d.containers) < 2 {
		return
	}
	for i := range d.containers {
		c := &d.containers[i]
		if isDefault(c) {
			continue
		}
		c.prefix, c.renamed = c.Name+".", map[string]string{}
		for _, s := range c.Sets {
			name := strings.ToLower(c.namespace + "." + s.Name)
			if taken[name] {
				c.renamed[s.Name] = c.Name + "_" + s.Name
			}
			taken[name] = true
		}
	}
}

// known is the name by which a set of the container is known here.
func (c *container) known(set string) string { return first(c.renamed[set], set) }

// address is how a path names a member of the container, "" where by its name.
func (c *container) address(name string) string {
	if c.prefix == "" {
		return ""
	}
	return c.prefix + name
}
