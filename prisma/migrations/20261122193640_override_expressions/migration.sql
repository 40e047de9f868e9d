-- AlterTable
ALTER TABLE "proxy_providers" ADD COLUMN     "backend_override_expression" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "host_header_expression" TEXT NOT NULL DEFAULT '';
