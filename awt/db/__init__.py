"""All SQL: schema, migrations, transactions, and queries by group of tables. Rows never leave this room."""
