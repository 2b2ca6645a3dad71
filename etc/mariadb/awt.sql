-- The database of awt and its one user, who may do just what nodes and migrations need. To be changed:
-- DATABASE-PASSWORD. Run as root of MariaDB: mariadb < awt.sql. Running it again changes the password.
CREATE DATABASE IF NOT EXISTS awt CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE USER IF NOT EXISTS awt@'127.0.0.1';
ALTER USER awt@'127.0.0.1' IDENTIFIED BY 'DATABASE-PASSWORD';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE VIEW,
  SHOW VIEW ON awt.* TO awt@'127.0.0.1';
