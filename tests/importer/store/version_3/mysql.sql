CREATE TABLE `meta` (
  `name` varchar(40) NOT NULL,
  `value` varchar(200) NOT NULL,
  PRIMARY KEY (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;
CREATE TABLE `firms` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `name` varchar(200) NOT NULL,
  `client_count` bigint(20) NOT NULL DEFAULT 0,
  `number_count` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;
CREATE TABLE `clients` (
  `firm_id` bigint(20) NOT NULL,
  `company_id` varchar(64) NOT NULL,
  `display_name` varchar(200) NOT NULL,
  `client_number` varchar(100) DEFAULT NULL,
  `number_key` varchar(100) DEFAULT NULL,
  `type` varchar(200) NOT NULL DEFAULT '',
  `lead_accountant` varchar(200) NOT NULL DEFAULT '',
  `status` varchar(8) NOT NULL DEFAULT 'active' CHECK (`status` in ('active','inactive')),
  PRIMARY KEY (`firm_id`,`company_id`),
  UNIQUE KEY `client_number_is_unique` (`firm_id`,`client_number`),
  KEY `clients_number_key` (`firm_id`,`number_key`),
  CONSTRAINT `clients_ibfk_1` FOREIGN KEY (`firm_id`) REFERENCES `firms` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;
CREATE TABLE `imports` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `kind` varchar(8) NOT NULL CHECK (`kind` in ('import','undo','replay','adopt')),
  `state` varchar(8) NOT NULL CHECK (`state` in ('applying','imported','rejected')),
  `firm_id` bigint(20) DEFAULT NULL,
  `inbox` varchar(200) NOT NULL,
  `name` varbinary(1700) NOT NULL,
  `version` bigint(20) DEFAULT NULL,
  `sha256` varchar(64) NOT NULL,
  `size` bigint(20) NOT NULL,
  `mtime` bigint(20) NOT NULL,
  `row_count` bigint(20) NOT NULL DEFAULT 0,
  `updated` bigint(20) NOT NULL DEFAULT 0,
  `unchanged` bigint(20) NOT NULL DEFAULT 0,
  `created` bigint(20) NOT NULL DEFAULT 0,
  `failed` bigint(20) NOT NULL DEFAULT 0,
  `language` varchar(16) DEFAULT NULL,
  `report_sha256` varchar(64) NOT NULL DEFAULT '',
  `report_name` varbinary(1700) NOT NULL DEFAULT '',
  `report_state` varchar(10) NOT NULL DEFAULT 'none' CHECK (`report_state` in ('none','pending','published','superseded')),
  `who` varchar(200) NOT NULL,
  `started_at` bigint(20) NOT NULL,
  `finished_at` bigint(20) DEFAULT NULL,
  `cells_sha256` varchar(64) NOT NULL DEFAULT '',
  `restored` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `one_import_for_each_version` (`inbox`,`name`,`version`),
  KEY `firm_id` (`firm_id`),
  KEY `imports_report_sha256` (`report_sha256`,`inbox`),
  KEY `imports_report_state` (`inbox`,`report_state`),
  KEY `imports_bytes` (`sha256`,`firm_id`),
  KEY `imports_cells` (`cells_sha256`,`firm_id`),
  CONSTRAINT `imports_ibfk_1` FOREIGN KEY (`firm_id`) REFERENCES `firms` (`id`),
  CONSTRAINT `versions_are_of_inboxes` CHECK (`inbox` = '' = (`version` is null)),
  CONSTRAINT `rows_add_up` CHECK (`row_count` = `updated` + `unchanged` + `created` + `failed`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;
CREATE TABLE `import_bytes` (
  `import_id` bigint(20) NOT NULL,
  `input` longtext DEFAULT NULL,
  `report` longtext DEFAULT NULL,
  PRIMARY KEY (`import_id`),
  CONSTRAINT `import_bytes_ibfk_1` FOREIGN KEY (`import_id`) REFERENCES `imports` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;
CREATE TABLE `report_places` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `import_id` bigint(20) NOT NULL,
  `inbox` varchar(200) NOT NULL,
  `report_name` varbinary(1700) NOT NULL,
  `report_sha256` varchar(64) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `report_places_name` (`inbox`,`report_name`),
  KEY `report_places_import` (`import_id`),
  CONSTRAINT `report_places_ibfk_1` FOREIGN KEY (`import_id`) REFERENCES `imports` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;
CREATE TABLE `import_errors` (
  `import_id` bigint(20) NOT NULL,
  `seq` bigint(20) NOT NULL,
  `sheet_row` bigint(20) NOT NULL,
  `company_id` longtext NOT NULL,
  `codes` longtext NOT NULL,
  `message` longtext NOT NULL,
  PRIMARY KEY (`import_id`,`seq`),
  KEY `import_errors_client` (`company_id`(64)),
  CONSTRAINT `import_errors_ibfk_1` FOREIGN KEY (`import_id`) REFERENCES `imports` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;
CREATE TABLE `changes` (
  `import_id` bigint(20) NOT NULL,
  `seq` bigint(20) NOT NULL,
  `firm_id` bigint(20) NOT NULL,
  `company_id` varchar(64) NOT NULL,
  `field` varchar(20) NOT NULL,
  `old_value` longtext DEFAULT NULL,
  `new_value` longtext DEFAULT NULL,
  PRIMARY KEY (`import_id`,`seq`),
  KEY `changes_client` (`firm_id`,`company_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin ROW_FORMAT=DYNAMIC;
