-- AlterTable
ALTER TABLE "proxy_providers" ADD COLUMN     "jwt_federation_providers" INTEGER[] DEFAULT ARRAY[]::INTEGER[];
