-- AlterTable
ALTER TABLE "oidc_artefacts" ADD COLUMN     "owner_id" INTEGER;

-- CreateIndex
CREATE INDEX "oidc_artefacts_owner_id_idx" ON "oidc_artefacts"("owner_id");
