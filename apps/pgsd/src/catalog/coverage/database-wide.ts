import type { Coverage } from "./coverage.ts"

/** What belongs to the database as a whole, to the cluster, or to other objects. */
export const DATABASE_WIDE: Readonly<Record<string, Coverage>> = {
  pg_database: {
    compared: {
      datdba: "database.owner",
      datacl: "database.grants",
      datconnlimit: "database.connectionLimit",
      datname: "database.kind",
    },
    ignored: {
      oid: ["oid", "datlastsysoid"],
      environment: ["encoding", "datcollate", "datctype", "datlocprovider", "daticulocale", "daticurules", "datlocale"],
      state: ["datfrozenxid", "datminmxid", "datcollversion"],
      cluster: ["datistemplate", "datallowconn", "dattablespace"],
      derived: ["dathasloginevt"],
    },
  },
  pg_db_role_setting: {
    compared: { setdatabase: "database_setting.name", setrole: "database_setting.name", setconfig: "database_setting.value" },
  },
  pg_default_acl: {
    compared: {
      defaclrole: "default_privilege.name",
      defaclnamespace: "default_privilege.schema",
      defaclobjtype: "default_privilege.name",
      defaclacl: "default_privilege.privileges",
    },
    ignored: { oid: ["oid"] },
  },
  pg_description: {
    compared: { objoid: "*.comment", classoid: "*.comment", objsubid: "*.comment", description: "*.comment" },
  },
  pg_shdescription: { compared: { objoid: "database.comment", classoid: "database.comment", description: "database.comment" } },
  pg_seclabel: { counted: { "security labels": ["objoid", "classoid", "objsubid", "provider", "label"] } },
  pg_shseclabel: { counted: { "security labels": ["objoid", "classoid", "provider", "label"] } },
  pg_init_privs: {
    counted: {
      "changed privileges on objects of the system and of extensions": ["objoid", "classoid", "objsubid", "privtype", "initprivs"],
    },
  },
  pg_depend: {
    compared: {
      classid: "sequence.ownedBy",
      objid: "sequence.ownedBy",
      refclassid: "sequence.ownedBy",
      refobjid: "sequence.ownedBy",
      refobjsubid: "sequence.ownedBy",
      objsubid: "*.kind",
      deptype: "*.kind",
    },
  },
  pg_shdepend: { whole: "derived" },
  pg_extension: {
    fence: { key: "oid" },
    compared: {
      extname: "extension.name",
      extowner: "extension.owner",
      extnamespace: "extension.schema",
      extversion: "extension.version",
    },
    ignored: { oid: ["oid"], derived: ["extrelocatable", "extconfig", "extcondition"] },
  },
  pg_event_trigger: {
    compared: {
      evtname: "event_trigger.name",
      evtevent: "event_trigger.event",
      evtowner: "event_trigger.owner",
      evtfoid: "event_trigger.function",
      evtenabled: "event_trigger.enabled",
      evttags: "event_trigger.tags",
    },
    ignored: { oid: ["oid"] },
  },
  pg_publication: {
    compared: {
      pubname: "publication.name",
      pubowner: "publication.owner",
      puballtables: "publication.allTables",
      pubviaroot: "publication.viaRoot",
      pubgencols: "publication.generatedColumns",
      pubinsert: "publication.publishes",
      pubupdate: "publication.publishes",
      pubdelete: "publication.publishes",
      pubtruncate: "publication.publishes",
    },
    ignored: { oid: ["oid"] },
  },
  pg_publication_rel: {
    fence: { key: "oid", relation: "prrelid" },
    compared: {
      prpubid: "publication.table …",
      prrelid: "publication.table …",
      prqual: "publication.filter of …",
      prattrs: "publication.table …",
    },
    ignored: { oid: ["oid"] },
  },
  pg_publication_namespace: {
    since: 15,
    compared: { pnpubid: "publication.schemas", pnnspid: "publication.schemas" },
    ignored: { oid: ["oid"] },
  },
  pg_subscription: {
    compared: {
      subdbid: "subscription.kind",
      subname: "subscription.name",
      subowner: "subscription.owner",
      subenabled: "subscription.enabled",
      subslotname: "subscription.slot",
      subsynccommit: "subscription.synchronousCommit",
      subpublications: "subscription.publications",
      subbinary: "subscription.binary",
      substream: "subscription.streaming",
      subtwophasestate: "subscription.twoPhase",
      subdisableonerr: "subscription.disableOnError",
      subpasswordrequired: "subscription.passwordRequired",
      subrunasowner: "subscription.runAsOwner",
      suborigin: "subscription.origin",
      subfailover: "subscription.failover",
    },
    ignored: { oid: ["oid"], state: ["subskiplsn"] },
    counted: { "connections of subscriptions": ["subconninfo"] },
  },
  pg_subscription_rel: { whole: "state" },
  pg_foreign_data_wrapper: {
    compared: {
      fdwname: "foreign_data_wrapper.name",
      fdwowner: "foreign_data_wrapper.owner",
      fdwhandler: "foreign_data_wrapper.handler",
      fdwvalidator: "foreign_data_wrapper.validator",
      fdwacl: "foreign_data_wrapper.grants",
      fdwoptions: "foreign_data_wrapper.option …",
    },
    ignored: { oid: ["oid"] },
  },
  pg_foreign_server: {
    compared: {
      srvname: "foreign_server.name",
      srvowner: "foreign_server.owner",
      srvfdw: "foreign_server.wrapper",
      srvtype: "foreign_server.type",
      srvversion: "foreign_server.version",
      srvacl: "foreign_server.grants",
      srvoptions: "foreign_server.option …",
    },
    ignored: { oid: ["oid"] },
  },
  pg_user_mapping: {
    compared: { umuser: "user_mapping.name", umoptions: "user_mapping.option …" },
    printed: [["pg_user_mappings", "user_mapping.name", ["umserver"]]],
    ignored: { oid: ["oid"] },
  },
  pg_largeobject: { whole: "data" },
  pg_largeobject_metadata: { whole: "data" },
  pg_pltemplate: { whole: "server" },
  pg_authid: { whole: "cluster" },
  pg_auth_members: { whole: "cluster" },
  pg_tablespace: { whole: "cluster" },
  pg_parameter_acl: { whole: "cluster", since: 15 },
  pg_replication_origin: { whole: "cluster" },
}
