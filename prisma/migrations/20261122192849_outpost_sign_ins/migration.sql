-- CreateTable
CREATE TABLE "outpost_sign_ins" (
    "session_id" UUID NOT NULL,
    "provider_id" INTEGER NOT NULL,
    "last_opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outpost_sign_ins_pkey" PRIMARY KEY ("session_id","provider_id")
);

-- CreateIndex
CREATE INDEX "outpost_sign_ins_provider_id_idx" ON "outpost_sign_ins"("provider_id");

-- CreateIndex
CREATE INDEX "outpost_sign_ins_last_opened_at_idx" ON "outpost_sign_ins"("last_opened_at");

-- AddForeignKey
ALTER TABLE "outpost_sign_ins" ADD CONSTRAINT "outpost_sign_ins_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "proxy_providers"("provider_id") ON DELETE CASCADE ON UPDATE CASCADE;
