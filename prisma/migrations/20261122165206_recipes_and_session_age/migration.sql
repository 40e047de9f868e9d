-- AlterTable
ALTER TABLE "applications" ADD COLUMN     "max_session_age_seconds" INTEGER;

-- AlterTable
ALTER TABLE "oauth2_providers" ADD COLUMN     "recipe" VARCHAR(64) NOT NULL DEFAULT '',
ADD COLUMN     "service_url" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "scope_mappings" ADD COLUMN     "owner_id" INTEGER;

-- CreateIndex
CREATE INDEX "scope_mappings_owner_id_idx" ON "scope_mappings"("owner_id");

-- AddForeignKey
ALTER TABLE "scope_mappings" ADD CONSTRAINT "scope_mappings_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "oauth2_providers"("provider_id") ON DELETE CASCADE ON UPDATE CASCADE;
