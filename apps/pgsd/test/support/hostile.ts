/** A name that takes over any page which does not escape it: by its title, with everything an element can have. */
export const HOSTILE = `</script><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
