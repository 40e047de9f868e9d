-- AlterTable
ALTER TABLE "proxy_providers" ADD COLUMN     "backend_override_attribute" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "host_header_attribute" TEXT NOT NULL DEFAULT '';
