CREATE PROCEDURE [dbo].[spUpdateClientRegistration] @SiteCode nvarchar(3), @SMSID nvarchar(255) AS BEGIN SELECT 1 END
